# DT_RPATH of the executable.
lib opt/a/libx.so.1
app app $(rpath /opt/b:/opt/a) $(need libx.so.1)
