# At an executable of a fixed address.
link opt/bad/libx.so -no-pie -dynamic-linker "$LOADER" $(need liby.so)
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
