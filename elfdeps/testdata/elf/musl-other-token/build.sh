# Any other token voids the whole path.
lib opt/a/libx.so
lib lib/libx.so
app app $(runpath '/opt/a:/opt/$LIB') $(need libx.so)
