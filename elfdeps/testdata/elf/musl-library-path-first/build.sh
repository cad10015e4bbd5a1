#: LD_LIBRARY_PATH=/opt/env
# LD_LIBRARY_PATH goes before DT_RPATH.
lib opt/env/libx.so
lib opt/a/libx.so
app app $(rpath /opt/a) $(need libx.so)
