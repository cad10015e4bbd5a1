# ${LIB} inside a word, and $LIBS, which is no token.
lib opt/xlib/x86_64-linux-gnu/libx.so
lib 'opt/$LIBS/liby.so'
app app $(runpath '/opt/x${LIB}:/opt/$LIBS') $(need libx.so liby.so)
