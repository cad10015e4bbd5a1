# At one without segments to load.
lib opt/bad/libx.so
byte opt/bad/libx.so 56 000 000
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
