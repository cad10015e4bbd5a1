# A cache that is none is not there.
mkdir -p etc
echo 'glibc-ld.so.cache1.1 and then no more' >etc/ld.so.cache
lib lib/libx.so
app app $(need libx.so)
