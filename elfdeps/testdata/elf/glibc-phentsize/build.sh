# At program headers of another size.
lib opt/bad/libx.so
byte opt/bad/libx.so 54 071 000
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
