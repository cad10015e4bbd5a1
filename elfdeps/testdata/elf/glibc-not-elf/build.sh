# At a file that is no ELF the loader gives up.
mkdir -p opt/bad
printf '/* GNU ld script */ GROUP ( /usr/lib/libx.so.1 libxtra.so ) ------------' >opt/bad/libx.so
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
