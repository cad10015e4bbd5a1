# Of entries for one name the machine's own counts.
ld -m elf_i386 -shared -soname libx.so -o "$WORK/32.so" "$OBJECT32"
mkdir -p opt/32 etc
cp "$WORK/32.so" opt/32/libx.so
lib opt/64/libx.so $(soname libx.so)
printf '/opt/32\n/opt/64\n' >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so)
