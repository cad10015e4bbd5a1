#: target /prog/bin/app
# ${ORIGIN} may stand inside a word.
lib prog/binary/libx.so
app prog/bin/app $(runpath '${ORIGIN}ary') $(need libx.so)
