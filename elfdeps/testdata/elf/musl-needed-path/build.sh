# A name with a slash is a path.
lib opt/a/libx.so
app app $(need /opt/a/libx.so /opt/a/libgone.so)
