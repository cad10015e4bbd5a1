#: cwd /work
# $ORIGIN of a library that was found by a relative path is absolute.
lib work/l/liba.so $(runpath '$ORIGIN') $(need libb.so)
lib work/l/libb.so
app app $(runpath l) $(need liba.so)
