# A folder that is a file is none; what its name has below is not looked for.
mkdir -p opt
: >opt/file
lib opt/a/libx.so
app app $(runpath /opt/file:/opt/file/sub:/opt/a) $(need libx.so)
