# The cache is sorted with numbers as such, and so it is searched.
for i in 1 2 9 10 11 100 20 3; do lib opt/l/libx.so.$i $(soname libx.so.$i); done
lib opt/l/libx.so $(soname libx.so)
mkdir -p etc
echo /opt/l >etc/ld.so.conf
ldconfig -r . -X
app app $(need libx.so.100 libx.so.1 libx.so.10 libx.so.9 libx.so.3 libx.so libx.so.4)
