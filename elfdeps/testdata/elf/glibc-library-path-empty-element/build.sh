#: LD_LIBRARY_PATH=/opt/none:
#: cwd /work
# An empty element of it is.
lib work/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib work/sub/liby.so
app app $(need libx.so)
