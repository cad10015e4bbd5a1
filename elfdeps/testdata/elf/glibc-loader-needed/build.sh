# The loader serves its soname and its path.
app app $(need ld-linux-x86-64.so.2 /lib64/ld-linux-x86-64.so.2 libx.so)
lib lib/libx.so
