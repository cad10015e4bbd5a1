# A library of another machine is passed over (here EM_AARCH64).
lib opt/arm/libx.so
byte opt/arm/libx.so 18 267 000
lib opt/a/libx.so
app app $(runpath /opt/arm:/opt/a) $(need libx.so)
