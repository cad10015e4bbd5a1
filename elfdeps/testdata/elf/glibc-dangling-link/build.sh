# A link to nothing is nothing.
mkdir -p opt/bad
ln -s gone opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
