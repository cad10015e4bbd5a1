# A loop of links ends the search in that list of folders, not in the next.
mkdir -p opt/bad
ln -s libx.so opt/bad/libx.so
lib opt/a/libx.so
lib lib/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
