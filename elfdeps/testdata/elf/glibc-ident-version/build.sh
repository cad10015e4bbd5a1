# At an unknown ELF version in e_ident.
lib opt/bad/libx.so
byte opt/bad/libx.so 6 002
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
