# An object's ancestors are those that asked for it first.
lib opt/a/liba.so $(rpath /opt/x) $(need libs.so)
lib opt/a/libb.so $(rpath /opt/y) $(need libs.so)
lib opt/x/libs.so $(need libt.so)
lib opt/x/libt.so
lib opt/y/libt.so
app app $(rpath /opt/a) $(need libb.so liba.so)
cp opt/x/libs.so opt/y/libs.so
