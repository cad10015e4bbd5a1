# It reads no /etc/ld.so.preload.
mkdir -p etc
echo /lib/libx.so >etc/ld.so.preload
lib lib/libx.so
app app $(need liby.so)
lib lib/liby.so
