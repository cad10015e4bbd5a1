# Libraries that need each other.
lib opt/a/libx.so $(runpath /opt/a) $(need liby.so)
lib opt/a/liby.so $(runpath /opt/a) $(need libx.so)
app app $(runpath /opt/a) $(need libx.so)
