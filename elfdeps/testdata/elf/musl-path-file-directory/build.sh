# So does one that cannot be read.
mkdir -p etc/ld-musl-x86_64.path
lib lib/libx.so
app app $(need libx.so)
