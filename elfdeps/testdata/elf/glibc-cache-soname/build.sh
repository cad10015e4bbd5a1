# The cache knows sonames; a file of another name is not in it.
lib opt/l/libreal.so.1.2 $(soname libx.so.1)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r .
app app $(need libx.so.1 libreal.so.1.2)
