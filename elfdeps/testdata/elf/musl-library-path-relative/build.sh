#: LD_LIBRARY_PATH=../start/l
#: cwd /start
# A relative folder.
lib start/l/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib start/l/sub/liby.so
app app $(need libx.so)
