#: LD_LIBRARY_PATH=:/opt/a::
#: cwd /work
# Empty elements are none.
lib work/libx.so
lib opt/a/liby.so
app app $(need libx.so liby.so)
