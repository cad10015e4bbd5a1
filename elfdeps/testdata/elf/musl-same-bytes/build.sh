# Two files of the same bytes are two libraries.
lib opt/a/libx.so.1
cp opt/a/libx.so.1 opt/a/libx.so.2
app app $(runpath /opt/a) $(need libx.so.1 libx.so.2)
