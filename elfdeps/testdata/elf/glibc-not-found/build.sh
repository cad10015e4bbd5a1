# A library that is nowhere; the rest is still listed.
lib lib/libx.so.1
app app $(need libgone.so.1 libx.so.1)
