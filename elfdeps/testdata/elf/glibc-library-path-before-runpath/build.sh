#: LD_LIBRARY_PATH=/opt/env
# LD_LIBRARY_PATH goes before DT_RUNPATH.
lib opt/env/libx.so
lib opt/a/libx.so
app app $(runpath /opt/a) $(need libx.so)
