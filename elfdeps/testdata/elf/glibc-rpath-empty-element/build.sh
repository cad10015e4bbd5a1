#: cwd /work
# An empty element is the working directory.
lib work/libx.so
app app $(rpath /opt/a::/opt/b) $(need libx.so)
