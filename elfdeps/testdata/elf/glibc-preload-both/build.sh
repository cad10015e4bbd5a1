#: LD_PRELOAD=/opt/p/liba.so
# LD_PRELOAD goes before the file; what serves is the first.
mkdir -p etc
echo /opt/q/liba.so >etc/ld.so.preload
lib opt/p/liba.so $(soname libs.so)
lib opt/q/liba.so $(soname libs.so) $(need libq.so)
lib lib/libq.so
app app $(need libs.so)
