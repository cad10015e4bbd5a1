# An object with both tags: DT_RPATH is as if it were not there.
lib opt/a/libx.so
lib opt/b/liby.so
app app $(runpath /opt/b) $(need libx.so liby.so /opt/a)
"$ELFEDIT" app DT_NEEDED DT_RPATH
