# The cache leads to a folder that ld.so.conf names.
lib opt/l/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
