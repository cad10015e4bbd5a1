# Sonames do not count: another file of the name is loaded too.
lib opt/x/other.so $(soname libs.so)
lib lib/libs.so
app app $(need /opt/x/other.so libs.so)
