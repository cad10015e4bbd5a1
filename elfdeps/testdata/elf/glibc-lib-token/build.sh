# $LIB is the name of the library folder, on Debian with the multiarch part.
lib opt/lib/x86_64-linux-gnu/libx.so
lib opt/lib64/libx.so
app app $(runpath '/opt/$LIB') $(need libx.so)
