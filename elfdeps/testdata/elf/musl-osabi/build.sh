# It looks at little: any OS ABI, ABI version and padding will do.
lib opt/a/libx.so
byte opt/a/libx.so 7 011 001 001
app app $(runpath /opt/a) $(need libx.so)
