# So does a path, but not another way to write it.
lib opt/a/libx.so
lib opt/a/liba.so $(need /opt/a/libx.so)
app app $(runpath /opt/a) $(need libx.so liba.so)
