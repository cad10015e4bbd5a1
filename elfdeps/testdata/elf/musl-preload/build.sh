#: LD_PRELOAD=/opt/p/liba.so:libb.so libc1.so
#: LD_LIBRARY_PATH=/opt/q
# LD_PRELOAD is split at colons and blanks.
lib opt/p/liba.so
lib opt/q/libb.so
lib lib/libc1.so
app app $(need libb.so)
