# and a 32-bit library: musl passes over nothing.
gcc -m32 -nostdlib -fPIC -shared -o "$WORK/32.so" "$WORK/f.c"
mkdir -p opt/bad
cp "$WORK/32.so" opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
