#: LD_LIBRARY_PATH=:/opt/a::
#: cwd /start
# Empty elements are none.
lib start/libx.so
lib opt/a/liby.so
app app $(need libx.so liby.so)
