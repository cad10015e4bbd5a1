# $LIB in a name.
lib opt/lib/x86_64-linux-gnu/libx.so
app app $(need '/opt/$LIB/libx.so')
