# One that is no ancestor does not count.
lib opt/a/liba.so $(runpath /opt/own) $(need libx.so)
lib opt/own/libx.so
lib opt/own/liby.so
lib opt/a/libb.so $(need liby.so)
app app $(runpath /opt/a) $(need liba.so libb.so)
