# A path serves no name, but a search that finds the same file ends there.
lib opt/a/libx.so
lib opt/b/libx.so
lib opt/a/liba.so $(runpath /opt/b) $(need libx.so)
app app $(runpath /opt/a) $(need /opt/a/libx.so liba.so)
