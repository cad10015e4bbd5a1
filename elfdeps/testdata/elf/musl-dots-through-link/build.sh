# A path is walked, not tidied.
lib data/lib/libx.so
lib opt/lib/libx.so
mkdir -p data/deep
ln -s /data/deep opt/link
app app $(runpath /opt/link/../lib) $(need libx.so)
