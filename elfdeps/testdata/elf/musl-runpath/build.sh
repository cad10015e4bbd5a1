# DT_RUNPATH is the same.
lib opt/a/libx.so
app app $(runpath /opt/b:/opt/a) $(need libx.so)
