# What is needed twice is loaded once, and of a tag given twice the last counts.
lib opt/a/libx.so
lib opt/b/liby.so
app app $(runpath /opt/a) $(need libx.so libx.so liby.so /opt/b)
"$ELFEDIT" app DT_NEEDED DT_RUNPATH
