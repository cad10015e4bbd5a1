#: LD_PRELOAD=/opt/p/libp.so
# LD_PRELOAD, whose needs have no DT_RUNPATH of the executable, and its soname serves.
lib opt/p/libp.so $(soname libx.so) $(need libq.so)
lib lib/libq.so
lib lib/libx.so
app app $(need libx.so)
