# and a 32-bit library: musl passes over nothing.
ld -m elf_i386 -shared -o "$WORK/32.so" "$OBJECT32"
mkdir -p opt/bad
cp "$WORK/32.so" opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
