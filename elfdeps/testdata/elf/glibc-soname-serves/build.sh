# A name is served by a loaded object with that soname, however it was found.
lib opt/x/other.so $(soname libs.so.1)
lib lib/libs.so.1
lib lib/liba.so $(need libs.so.1)
app app $(need /opt/x/other.so liba.so)
