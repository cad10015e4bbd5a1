# Nor is DF_1_NODEFLIB.
lib lib/libx.so
app app -Wl,-z,nodefaultlib $(need libx.so)
