# An executable may be a library, if it is position-independent.
app opt/a/libx.so $(need liby.so)
lib lib/liby.so
app app $(runpath /opt/a) $(need libx.so)
