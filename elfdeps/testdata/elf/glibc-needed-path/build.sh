# A name with a slash is a path: nothing is searched.
lib opt/a/libx.so
app app $(need /opt/a/libx.so /opt/a/libgone.so)
