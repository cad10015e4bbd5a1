#: LD_LIBRARY_PATH=$ORIGIN/l:/opt/a
# Nothing is expanded there.
lib l/libx.so
lib opt/a/liby.so
app app $(need libx.so liby.so)
