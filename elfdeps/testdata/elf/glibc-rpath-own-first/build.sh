# The requester's DT_RPATH goes before that of the object that loaded it.
lib opt/a/liba.so $(rpath /opt/own) $(need libx.so)
lib opt/own/libx.so
lib opt/a/libx.so
app app $(rpath /opt/a) $(need liba.so)
