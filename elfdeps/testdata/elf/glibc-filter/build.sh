# DT_FILTER is loaded before the object that names it.
lib opt/a/libfil.so $(runpath /opt/x) $(need libx.so)
lib opt/a/liba.so -F libfil.so $(runpath /opt/a:/opt/y) $(need libx.so)
lib opt/x/libx.so
lib opt/y/libx.so
app app $(runpath /opt/a) $(need liba.so)
