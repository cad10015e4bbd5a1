#: LD_PRELOAD=libp.so
# By the executable's DT_RPATH and DT_RUNPATH too.
lib opt/p/libp.so $(need libq.so)
lib opt/p/libq.so
app app $(rpath /opt/p) $(need libq.so)
