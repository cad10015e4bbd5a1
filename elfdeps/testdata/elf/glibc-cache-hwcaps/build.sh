#: loader --glibc-hwcaps-mask none
# What a CPU without the features of a folder of glibc-hwcaps takes from the cache.
lib opt/l/libx.so $(soname libx.so)
lib opt/l/glibc-hwcaps/x86-64-v3/libx.so $(soname libx.so)
lib opt/l/glibc-hwcaps/x86-64-v2/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
