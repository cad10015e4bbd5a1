#: LD_PRELOAD=libp.so /opt/p/libq.so
# What is preloaded was asked for by nobody: no run path of the executable counts.
lib opt/p/libp.so
lib opt/p/libq.so $(need libr.so)
lib opt/p/libr.so
app app $(runpath /opt/p) $(need libs.so)
lib lib/libs.so
