#: target /prog/bin/app
# $ORIGIN and ${ORIGIN}, of the executable and of a library.
lib prog/lib/libx.so $(runpath '${ORIGIN}/sub') $(need liby.so)
lib prog/lib/sub/liby.so
app prog/bin/app $(runpath '$ORIGIN/../lib') $(need libx.so)
