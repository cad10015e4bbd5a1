# Libraries that need each other.
lib opt/a/libx.so $(need liby.so)
lib opt/a/liby.so $(need libx.so)
app app $(runpath /opt/a) $(need libx.so)
