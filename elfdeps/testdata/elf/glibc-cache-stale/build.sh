# A file that the cache names and that is gone is searched for in the default folders.
lib opt/l/libx.so $(soname libx.so)
lib opt/l/liby.so $(soname liby.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
rm opt/l/*
lib lib/libx.so
app app $(need libx.so liby.so)
