#: cwd /work
# A relative one is walked from the working directory.
lib work/l/libx.so $(need libs/../../opt/liby.so)
mkdir -p work/libs
lib opt/liby.so
app app $(need l/libx.so)
