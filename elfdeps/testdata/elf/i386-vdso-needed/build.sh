# What the kernel maps has another soname there.
app app $(need linux-gate.so.1 linux-vdso.so.1)
