# DT_RUNPATH serves the object's own needs alone.
lib opt/a/liba.so $(need libb.so)
lib opt/a/libb.so
app app $(runpath /opt/a) $(need liba.so)
