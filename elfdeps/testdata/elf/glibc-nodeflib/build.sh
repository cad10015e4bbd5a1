# DF_1_NODEFLIB: no default folders for what this object needs; others have them.
lib lib/libx.so
lib opt/a/liba.so $(need liby.so)
lib lib/liby.so
app app -z nodefaultlib $(runpath /opt/a) $(need liba.so libx.so)
