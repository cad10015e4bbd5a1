# A library that is nowhere; the rest is still listed.
lib lib/libx.so
app app $(need libgone.so libx.so)
