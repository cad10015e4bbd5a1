# Nothing is expanded in a name.
lib l/libx.so
lib '$ORIGIN/liby.so'
app app $(need '$ORIGIN/l/libx.so' '$ORIGIN/liby.so')
