# A folder "tls" in the cache: before 2.37 for every CPU.
lib opt/l/libx.so $(soname libx.so)
lib opt/l/tls/libx.so $(soname libx.so)
lib opt/l/tls/x86_64/liby.so $(soname liby.so)
lib opt/l/liby.so $(soname liby.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so liby.so)
