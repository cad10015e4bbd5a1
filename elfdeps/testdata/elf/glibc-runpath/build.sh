# DT_RUNPATH of the executable.
lib opt/a/libx.so
app app $(runpath /opt/b:/opt/a) $(need libx.so)
