#: cwd /opt
# A relative one ends the list before 2.39.
mkdir -p opt
: >opt/file
lib opt/a/libx.so
lib lib/libx.so
app app $(runpath file:/opt/a) $(need libx.so)
