# What the kernel maps serves no name.
app app $(need linux-vdso.so.1)
