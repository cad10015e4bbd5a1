# Under another path the loader is a library like others.
mkdir -p opt/a
ln -s /lib64/ld-linux-x86-64.so.2 opt/a/libld.so
app app $(runpath /opt/a) $(need libld.so)
