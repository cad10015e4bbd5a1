#: LD_LIBRARY_PATH=/opt/env
# DT_RPATH goes before LD_LIBRARY_PATH.
lib opt/env/libx.so
lib opt/a/libx.so
app app $(rpath /opt/a) $(need libx.so)
