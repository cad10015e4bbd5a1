# Nor does such a DT_RPATH serve what the object's libraries need.
lib opt/b/liba.so $(need libx.so)
lib opt/a/libx.so
app app $(runpath /opt/b) $(need liba.so /opt/a)
"$ELFEDIT" app DT_NEEDED DT_RPATH
