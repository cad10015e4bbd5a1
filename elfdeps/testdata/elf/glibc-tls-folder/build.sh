# Before 2.37 the folders "tls" and the platform's in every folder.
lib opt/a/tls/libx.so
lib opt/a/libx.so
lib opt/a/x86_64/liby.so
lib opt/a/liby.so
lib opt/a/tls/x86_64/libz.so
lib opt/a/tls/libz.so
app app $(runpath /opt/a) $(need libx.so liby.so libz.so)
