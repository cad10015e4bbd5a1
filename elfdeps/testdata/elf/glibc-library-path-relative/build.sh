#: LD_LIBRARY_PATH=../work/l
#: cwd /work
# A relative folder of it, with dots.
lib work/l/libx.so
app app $(need libx.so)
