# A folder of glibc-hwcaps that the loader does not know is as if it were not there.
lib opt/l/glibc-hwcaps/x86-64-v9/libx.so $(soname libx.so)
lib opt/l/glibc-hwcaps/power9/liby.so $(soname liby.so)
lib lib/liby.so
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so liby.so)
