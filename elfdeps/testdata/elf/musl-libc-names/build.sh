# Names that are libc itself, whatever follows the dot.
lib lib/libcrypt.so
for n in libc.so.6 libpthread.so.0 librt.so.1 libm.so.6 libdl.so.2 libutil.so.1 libxnet.so; do lib lib/$n; done
app app $(need libc.so libc.so.6 libpthread.so.0 librt.so.1 libm.so.6 libdl.so.2 libutil.so.1 libxnet.so libc.musl-x86_64.so.1 libcrypt.so)
