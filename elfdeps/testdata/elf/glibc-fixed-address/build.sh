# An executable of a fixed address.
lib opt/a/libx.so
link app -no-pie -dynamic-linker "$LOADER" $(runpath /opt/a) $(need libx.so)
