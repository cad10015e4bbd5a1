# Nor is DF_1_NODEFLIB.
lib lib/libx.so
app app -z nodefaultlib $(need libx.so)
