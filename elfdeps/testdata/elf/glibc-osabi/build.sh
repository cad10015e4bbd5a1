# At one for another OS ABI (here FreeBSD's).
lib opt/bad/libx.so
byte opt/bad/libx.so 7 011
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
