# A 32-bit library in the way is passed over, in a folder and as a path.
ld -m elf_i386 -shared -o "$WORK/32.so" "$OBJECT32"
mkdir -p opt/32
cp "$WORK/32.so" opt/32/libx.so
lib opt/64/libx.so
app app $(runpath /opt/32:/opt/64) $(need libx.so /opt/32/libx.so)
