#: LD_LIBRARY_PATH=
#: cwd /work
# LD_LIBRARY_PATH without text is none, not the working directory.
lib work/libx.so
app app $(need libx.so)
