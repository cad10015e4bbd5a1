# At a file that is no library the search for that name ends, but for no other.
mkdir -p opt/bad
echo 'not a library, though it is longer than the header of an ELF file is' >opt/bad/libx.so
lib opt/a/libx.so
lib opt/a/liby.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so liby.so)
