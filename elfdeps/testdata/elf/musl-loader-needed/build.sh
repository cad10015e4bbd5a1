# The loader's own path serves.
app app $(need /lib/ld-musl-x86_64.so.1 libx.so)
lib lib/libx.so
