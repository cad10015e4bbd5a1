# At an object file.
mkdir -p opt/bad
cp "$OBJECT" opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
