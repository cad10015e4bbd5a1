# DT_AUXILIARY and DT_FILTER are nothing to it.
lib opt/a/libaux.so
lib opt/a/libfil.so
lib opt/a/liba.so -f libaux.so -F libfil.so
app app $(runpath /opt/a) $(need liba.so)
