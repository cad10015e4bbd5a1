# /etc/ld.so.preload, with comments, colons and blanks.
mkdir -p etc
printf '# first\n/opt/p/liba.so:/opt/p/libb.so # more: /opt/p/no.so\n\t/opt/p/libc1.so libd.so' >etc/ld.so.preload
lib opt/p/liba.so
lib opt/p/libb.so
lib opt/p/libc1.so
lib opt/p/no.so
lib lib/libd.so
app app $(need liba.so)
lib lib/liba.so
