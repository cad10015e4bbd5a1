#: target /prog/app
# The fields of the smaller class: DT_RPATH, $ORIGIN, inheritance.
lib prog/l/libx.so $(need liby.so)
lib prog/l/liby.so
app prog/app $(rpath '$ORIGIN/l') $(need libx.so)
