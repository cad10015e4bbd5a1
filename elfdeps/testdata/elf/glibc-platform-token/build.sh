#: realpath
# $PLATFORM is the name of a kind of CPU: the loader's own, here the same folder.
lib opt/x86_64/libx.so
ln -s x86_64 opt/haswell
ln -s x86_64 opt/xeon_phi
app app $(runpath '/opt/$PLATFORM') $(need libx.so)
