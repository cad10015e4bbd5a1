# The new format behind an old one.
lib opt/l/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X -c compat
app app $(need libx.so)
