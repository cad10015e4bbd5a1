# The default folders are searched in their order: multiarch before /lib, /lib
# before /usr/lib.
lib usr/lib/libx.so.1
lib lib/libx.so.1
lib usr/lib/x86_64-linux-gnu/liby.so.1
lib lib/liby.so.1
app app $(need libx.so.1 liby.so.1)
