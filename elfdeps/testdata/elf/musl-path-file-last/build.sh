#: LD_LIBRARY_PATH=/opt/env
# It comes after all other places.
mkdir -p etc
echo /opt/sys >etc/ld-musl-x86_64.path
lib opt/env/libx.so
lib opt/sys/libx.so
lib opt/r/liby.so
lib opt/sys/liby.so
lib opt/sys/libz.so
app app $(runpath /opt/r) $(need libx.so liby.so libz.so)
