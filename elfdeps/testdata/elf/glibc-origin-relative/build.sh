#: cwd /start
# $ORIGIN of a library that was found by a relative path is absolute.
lib start/l/liba.so $(runpath '$ORIGIN') $(need libb.so)
lib start/l/libb.so
app app $(runpath l) $(need liba.so)
