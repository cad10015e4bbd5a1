# A second name of a file serves later requests for that name.
lib opt/a/libx.so.1
ln -s libx.so.1 opt/a/libx.so.2
lib opt/a/liba.so $(runpath /opt/b) $(need libx.so.2)
lib opt/b/libx.so.2
app app $(runpath /opt/a) $(need libx.so.1 libx.so.2 liba.so)
