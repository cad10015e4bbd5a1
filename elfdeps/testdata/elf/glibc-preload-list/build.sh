#: LD_PRELOAD=/opt/p/liba.so:libb.so libc1.so
#: LD_LIBRARY_PATH=/opt/q
# It is split at colons and blanks; names without slash are searched for.
lib opt/p/liba.so
lib opt/q/libb.so
lib lib/libc1.so
lib lib/libx.so
app app $(need libx.so)
