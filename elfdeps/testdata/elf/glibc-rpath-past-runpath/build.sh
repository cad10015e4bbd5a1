# DT_RUNPATH of an ancestor voids only the DT_RPATH of that ancestor: the
# executable's still counts.
lib opt/a/liba.so $(runpath /opt/r) $(need libb.so)
lib opt/r/libb.so $(need libc1.so)
lib opt/a/libc1.so
lib opt/r/libc1.so
app app $(rpath /opt/a) $(need liba.so)
