# And at a file too short for an ELF header.
mkdir -p opt/bad
: >opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
