# It reads no ld.so.cache.
lib opt/l/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
