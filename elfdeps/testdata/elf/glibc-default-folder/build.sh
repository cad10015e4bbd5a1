# A library in one of the loader's own folders.
lib lib/x86_64-linux-gnu/libx.so.1
app app $(need libx.so.1)
