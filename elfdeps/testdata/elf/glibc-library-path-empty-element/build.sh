#: LD_LIBRARY_PATH=/opt/none:
#: cwd /start
# An empty element of it is.
lib start/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib start/sub/liby.so
app app $(need libx.so)
