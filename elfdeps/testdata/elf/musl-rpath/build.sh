# DT_RPATH of the executable.
lib opt/a/libx.so
app app $(rpath /opt/b:/opt/a) $(need libx.so)
