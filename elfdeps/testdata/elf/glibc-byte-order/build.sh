# At one of the other byte order, which the class check does not skip.
lib opt/bad/libx.so
byte opt/bad/libx.so 5 002
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
