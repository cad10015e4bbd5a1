# GNU's is taken, with an ABI version that the loader knows.
lib opt/a/libx.so
byte opt/a/libx.so 7 003 001
app app $(runpath /opt/a) $(need libx.so)
