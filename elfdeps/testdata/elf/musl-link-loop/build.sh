# A loop of links ends the search altogether.
mkdir -p opt/bad
ln -s libx.so opt/bad/libx.so
lib opt/a/libx.so
lib lib/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
