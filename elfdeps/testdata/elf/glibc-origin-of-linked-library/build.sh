# $ORIGIN of a library is the folder in which it was found, not that of its
# real path.
lib real/liba.so $(runpath '$ORIGIN/sub') $(need libb.so)
lib real/sub/libb.so
mkdir -p opt
ln -s ../real/liba.so opt/liba.so
lib opt/sub/libb.so
app app $(runpath /opt) $(need liba.so)
