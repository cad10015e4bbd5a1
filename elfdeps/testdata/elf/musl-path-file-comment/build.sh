#: cwd /start
# It has no comments, and its folders may be relative.
mkdir -p etc start
printf '# /opt/a\nl\n' >etc/ld-musl-x86_64.path
lib opt/a/libx.so
lib 'start/# /opt/a/liby.so'
lib start/l/libz.so
app app $(need libx.so liby.so libz.so)
