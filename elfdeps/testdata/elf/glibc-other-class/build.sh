# A 32-bit library in the way is passed over, in a folder and as a path.
$CC -m32 -nostdlib -fPIC -shared -o "$WORK/32.so" "$WORK/f.c"
mkdir -p opt/32
cp "$WORK/32.so" opt/32/libx.so
lib opt/64/libx.so
app app $(runpath /opt/32:/opt/64) $(need libx.so /opt/32/libx.so)
