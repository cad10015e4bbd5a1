# musl's own folders, in order: /lib, /usr/local/lib, /usr/lib, and no others.
lib lib/liba.so
lib usr/local/lib/liba.so
lib usr/local/lib/libb.so
lib usr/lib/libb.so
lib usr/lib/libc1.so
lib lib/x86_64-linux-gnu/libd.so
lib lib64/libe.so
lib usr/lib/x86_64-linux-musl/libf.so
app app $(need liba.so libb.so libc1.so libd.so libe.so libf.so)
