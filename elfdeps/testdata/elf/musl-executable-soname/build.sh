# Nor does the executable's.
lib lib/liba.so $(need libself.so)
lib lib/libself.so
app app $(soname libself.so) $(need liba.so)
