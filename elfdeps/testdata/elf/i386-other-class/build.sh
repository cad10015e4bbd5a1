# It passes over 64-bit libraries.
ld -shared -o "$WORK/64.so" "$OBJECT64"
mkdir -p opt/64
cp "$WORK/64.so" opt/64/libx.so
lib opt/32/libx.so
app app $(rpath /opt/64:/opt/32) $(need libx.so)
