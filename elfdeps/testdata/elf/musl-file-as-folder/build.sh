# A folder that is a file, and a link to nothing, do not.
mkdir -p opt/bad
: >opt/file
ln -s gone opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/file:/opt/bad:/opt/a) $(need libx.so)
