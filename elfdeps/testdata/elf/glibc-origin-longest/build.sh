# $ORIGINAL and $ORIGIN_ are no tokens.
lib opt/a/libx.so
lib '$ORIGINAL/libx.so'
app app $(runpath '$ORIGINAL:$ORIGIN_/opt:$ORIGIN/opt/a') $(need libx.so)
