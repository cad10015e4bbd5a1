# The 32-bit loader's own folders.
lib lib/i386-linux-gnu/libx.so
lib lib32/liby.so
lib usr/lib32/libz.so
app app $(need libx.so liby.so libz.so)
