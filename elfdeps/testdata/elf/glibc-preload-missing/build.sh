#: LD_PRELOAD=/opt/gone.so:/opt/bad.so:/opt/good.so
# What cannot be preloaded is left out.
mkdir -p opt
echo 'not a library, though it is longer than the header of an ELF file is' >opt/bad.so
lib opt/good.so
app app $(need libx.so)
lib lib/libx.so
