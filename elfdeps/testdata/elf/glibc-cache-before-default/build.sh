# The cache goes before the default folders.
lib opt/l/libx.so $(soname libx.so)
lib lib/x86_64-linux-gnu/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
