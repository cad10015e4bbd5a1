# The cache in the old format alone.
lib opt/l/libx.so $(soname libx.so)
lib opt/l/liby.so.10 $(soname liby.so.10)
lib opt/l/liby.so.9 $(soname liby.so.9)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X -c old
app app $(need libx.so liby.so.10 liby.so.9)
