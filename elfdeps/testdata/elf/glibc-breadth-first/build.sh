# What the executable needs is found before what its libraries need.
lib opt/a/liba.so $(runpath /opt/deep) $(need libx.so)
lib opt/a/libx.so
lib opt/deep/libx.so
app app $(runpath /opt/a) $(need liba.so libx.so)
