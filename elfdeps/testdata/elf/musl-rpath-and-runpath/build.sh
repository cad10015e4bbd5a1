# Of both tags DT_RUNPATH counts.
lib opt/a/libx.so
lib opt/b/liby.so
app app $(runpath /opt/b) $(need libx.so liby.so /opt/a)
"$ELFEDIT" app DT_NEEDED DT_RPATH
