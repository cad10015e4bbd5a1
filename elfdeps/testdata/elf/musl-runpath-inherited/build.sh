# DT_RUNPATH too serves what a library needs in turn.
lib opt/a/liba.so $(need libb.so)
lib opt/a/libb.so $(need libc1.so)
lib opt/a/libc1.so
app app $(runpath /opt/a) $(need liba.so)
