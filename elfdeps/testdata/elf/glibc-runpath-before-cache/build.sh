# DT_RUNPATH goes before the cache.
lib opt/l/libx.so $(soname libx.so)
lib opt/r/libx.so
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(runpath /opt/r) $(need libx.so)
