#: loader --glibc-hwcaps-mask none
# What a CPU without the features takes from a folder with glibc-hwcaps in it.
lib opt/a/glibc-hwcaps/x86-64-v3/libx.so
lib opt/a/glibc-hwcaps/x86-64-v2/libx.so
lib opt/a/libx.so
lib lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v4/liby.so
lib lib/x86_64-linux-gnu/liby.so
app app $(runpath /opt/a) $(need libx.so liby.so)
