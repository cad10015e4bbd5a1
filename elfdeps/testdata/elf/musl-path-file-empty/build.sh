# A path file without contents leaves no folders.
mkdir -p etc
: >etc/ld-musl-x86_64.path
lib lib/libx.so
lib opt/a/liby.so
app app $(runpath /opt/a) $(need libx.so liby.so)
