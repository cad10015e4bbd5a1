#: LD_LIBRARY_PATH=$ORIGIN/../l:/opt/$LIB
#: target /prog/bin/app
# Tokens in LD_LIBRARY_PATH are the executable's.
lib prog/l/libx.so $(need liby.so)
lib opt/lib/x86_64-linux-gnu/liby.so
app prog/bin/app $(need libx.so)
