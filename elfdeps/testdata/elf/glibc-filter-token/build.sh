# With tokens, for the object that names it.
lib opt/a/sub/libfil.so
lib opt/a/liba.so -F '$ORIGIN/sub/libfil.so'
app app $(runpath /opt/a) $(need liba.so)
