#: cwd /start
# An empty element is the working directory.
lib start/libx.so
app app $(rpath /opt/a::/opt/b) $(need libx.so)
