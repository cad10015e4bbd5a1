#: loader --glibc-hwcaps-mask none
# The build for every CPU counts even where it stands in a later folder.
lib opt/a/glibc-hwcaps/x86-64-v2/libx.so
lib opt/b/libx.so
app app $(runpath /opt/a:/opt/b) $(need libx.so)
