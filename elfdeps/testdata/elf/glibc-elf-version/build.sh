# At an unknown e_version.
lib opt/bad/libx.so
byte opt/bad/libx.so 20 002
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
