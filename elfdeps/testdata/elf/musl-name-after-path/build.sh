# From then on its name serves.
lib opt/a/libx.so
lib opt/b/libx.so
lib opt/a/liba.so $(runpath /opt/b) $(need libx.so)
app app $(runpath /opt/a) $(need /opt/a/libx.so libx.so liba.so)
