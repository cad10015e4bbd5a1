# What the kernel maps serves its soname.
app app $(need linux-vdso.so.1 libx.so)
lib lib/libx.so
