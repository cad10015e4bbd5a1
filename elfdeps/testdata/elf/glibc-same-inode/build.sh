# Two names of one file are one library.
lib opt/a/libx.so.1.2
ln -s libx.so.1.2 opt/a/libx.so.1
ln opt/a/libx.so.1.2 opt/a/libx.so.2
app app $(runpath /opt/a) $(need libx.so.1 libx.so.1.2 libx.so.2)
