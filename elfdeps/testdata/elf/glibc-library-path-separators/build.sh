#: LD_LIBRARY_PATH=/opt/a;/opt/b:/opt/c
# LD_LIBRARY_PATH is split at colons and semicolons.
lib opt/a/libx.so
lib opt/b/liby.so
lib opt/c/libz.so
app app $(need libx.so liby.so libz.so)
