#: target /prog/app
# $ORIGINAL is $ORIGIN and "AL".
lib prog/libx.so
lib progAL/libx.so
app prog/app $(runpath '$ORIGINAL') $(need libx.so)
