# A file of 52 bytes has a whole header, one of 51 has not.
ld -shared -o "$WORK/64.so" "$OBJECT64"
mkdir -p opt/bad
head -c 52 "$WORK/64.so" >opt/bad/libx.so
head -c 51 "$WORK/64.so" >opt/bad/liby.so
lib opt/a/libx.so
lib opt/a/liby.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so liby.so)
