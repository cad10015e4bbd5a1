#: LD_LIBRARY_PATH=../work/l
#: cwd /work
# A relative folder.
lib work/l/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib work/l/sub/liby.so
app app $(need libx.so)
