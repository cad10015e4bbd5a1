# A name that was asked for serves the next one who asks, whatever the soname.
lib opt/a/libx.so $(soname liby.so)
lib opt/a/liba.so $(runpath /opt/b) $(need libx.so)
lib opt/b/libx.so
app app $(runpath /opt/a) $(need libx.so liba.so)
