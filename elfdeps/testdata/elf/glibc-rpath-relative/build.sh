#: cwd /start
# A relative folder is one of the working directory.
lib start/l/libx.so
app app $(rpath l) $(need libx.so)
