# The requester's goes first, then that of each ancestor.
lib opt/a/liba.so $(runpath /opt/own) $(need libx.so liby.so)
lib opt/own/libx.so
lib opt/a/libx.so
lib opt/a/liby.so
app app $(rpath /opt/a) $(need liba.so)
