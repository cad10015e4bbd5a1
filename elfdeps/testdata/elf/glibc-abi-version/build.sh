# An ABI version without that is not.
lib opt/bad/libx.so
byte opt/bad/libx.so 8 001
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
