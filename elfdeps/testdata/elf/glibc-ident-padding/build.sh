# At bytes behind e_ident's fields.
lib opt/bad/libx.so
byte opt/bad/libx.so 12 001
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
