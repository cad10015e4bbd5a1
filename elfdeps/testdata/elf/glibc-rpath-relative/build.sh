#: cwd /work
# A relative folder is one of the working directory.
lib work/l/libx.so
app app $(rpath l) $(need libx.so)
