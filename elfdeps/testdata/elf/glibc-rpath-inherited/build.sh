# DT_RPATH serves what a library needs in turn.
lib opt/a/liba.so $(need libb.so)
lib opt/a/libb.so
app app $(rpath /opt/a) $(need liba.so)
