# Nor does the cache lead into them, but elsewhere.
lib lib/x86_64-linux-gnu/libx.so $(soname libx.so)
lib opt/l/liby.so $(soname liby.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app -z nodefaultlib $(need libx.so liby.so)
