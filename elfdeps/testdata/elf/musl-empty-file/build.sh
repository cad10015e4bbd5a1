# a file without contents,
mkdir -p opt/bad
: >opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
