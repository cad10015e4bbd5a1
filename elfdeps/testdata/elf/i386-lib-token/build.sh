# Its $LIB.
lib opt/lib32/libx.so
lib opt/lib/i386-linux-gnu/libx.so
lib opt/lib/libx.so
app app $(runpath '/opt/$LIB') $(need libx.so)
