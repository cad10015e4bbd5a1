#: LD_LIBRARY_PATH=/opt/a:/opt/b;/opt/c
# It is split at colons, not at semicolons.
lib opt/a/liba.so
lib opt/b/libb.so
lib opt/c/libc1.so
lib 'opt/b;/opt/c/libd.so'
app app $(need liba.so libb.so libc1.so libd.so)
