# DT_RPATH is split at colons alone.
lib 'opt/a;/opt/b/libx.so'
lib opt/b/libx.so
app app --disable-new-dtags -rpath '/opt/a;/opt/b' $(need libx.so)
