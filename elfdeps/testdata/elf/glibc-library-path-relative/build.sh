#: LD_LIBRARY_PATH=../start/l
#: cwd /start
# A relative folder of it, with dots.
lib start/l/libx.so
app app $(need libx.so)
