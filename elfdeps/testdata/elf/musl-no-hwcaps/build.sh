# It looks into no subfolders.
lib lib/glibc-hwcaps/x86-64-v2/libx.so
lib lib/tls/libx.so
lib lib/liby.so
app app $(need libx.so liby.so)
