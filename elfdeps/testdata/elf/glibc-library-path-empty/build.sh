#: LD_LIBRARY_PATH=
#: cwd /start
# LD_LIBRARY_PATH without text is none, not the working directory.
lib start/libx.so
app app $(need libx.so)
