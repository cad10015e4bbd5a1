# A path is none of them, nor a name that only begins like one.
lib opt/a/libm.so.6
lib lib/libmath.so
lib lib/libm-x.so
app app $(need /opt/a/libm.so.6 libmath.so libm-x.so)
