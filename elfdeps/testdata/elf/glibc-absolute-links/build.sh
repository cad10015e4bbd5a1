# Absolute links are those of the root directory.
lib data/libx.so
mkdir -p opt
ln -s /data opt/l
ln -s /opt/l/libx.so data/liby.so
app app $(runpath /opt/l) $(need liby.so)
