# The path file, with colons and newlines, replaces the default folders.
mkdir -p etc
printf '/opt/a:/opt/b\n\n/opt/c\n' >etc/ld-musl-x86_64.path
lib opt/a/liba.so
lib opt/b/libb.so
lib opt/c/libc1.so
lib lib/libd.so
app app $(need liba.so libb.so libc1.so libd.so)
