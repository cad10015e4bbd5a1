#: target /prog/bin/app
# Tokens in a name are expanded, for the object that needs it.
lib prog/lib/libx.so $(need '${ORIGIN}/liby.so')
lib prog/lib/liby.so
app prog/bin/app $(need '$ORIGIN/../lib/libx.so')
