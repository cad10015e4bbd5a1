# That is seen before the type and the size of program headers.
lib opt/arm/libx.so
byte opt/arm/libx.so 16 001 000 267 000
byte opt/arm/libx.so 54 001 000
lib opt/a/libx.so
app app $(runpath /opt/arm:/opt/a) $(need libx.so)
