# Its file name is searched for, and found to be libc.
app app $(need ld-musl-x86_64.so.1 libx.so)
lib lib/libx.so
