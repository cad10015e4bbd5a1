# A name that was found serves the next one who asks.
lib opt/a/libx.so
lib opt/a/liba.so $(runpath /opt/b) $(need libx.so)
lib opt/b/libx.so
app app $(runpath /opt/a) $(need libx.so liba.so)
