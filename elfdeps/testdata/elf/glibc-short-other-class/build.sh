# Too short for the loader's own class, whatever the file's.
ld -m elf_i386 -shared -o "$WORK/32.so" "$OBJECT32"
mkdir -p opt/bad
head -c 60 "$WORK/32.so" >opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
