# Its entries in the cache.
ld -shared -soname libx.so -o "$WORK/64.so" "$OBJECT64"
mkdir -p opt/64 etc
cp "$WORK/64.so" opt/64/libx.so
lib opt/32/libx.so $(soname libx.so)
printf '/opt/64\n/opt/32\n' >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
