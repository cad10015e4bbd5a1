#: LD_PRELOAD=$ORIGIN/libp.so /opt/$LIB/libq.so
#: target /prog/app
# Tokens in paths of LD_PRELOAD are expanded for the executable.
lib prog/libp.so
lib opt/lib/x86_64-linux-gnu/libq.so
app prog/app $(need libx.so)
lib lib/libx.so
