# DT_AUXILIARY is loaded when it is there, with what it needs.
lib opt/a/libaux.so $(need libb.so)
lib lib/libb.so
lib opt/a/liba.so -f libaux.so $(runpath /opt/a)
app app $(runpath /opt/a) $(need liba.so)
