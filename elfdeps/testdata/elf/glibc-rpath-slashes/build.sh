# Slashes at the end do not count, and / itself is a folder.
lib opt/a/libx.so
lib liby.so
app app $(rpath /opt/a///:/) $(need libx.so liby.so)
