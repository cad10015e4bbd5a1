#: cwd /start
# A relative one is walked from the working directory.
lib start/l/libx.so $(need libs/../../opt/liby.so)
mkdir -p start/libs
lib opt/liby.so
app app $(need l/libx.so)
