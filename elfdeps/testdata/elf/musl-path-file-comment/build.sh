#: cwd /work
# It has no comments, and its folders may be relative.
mkdir -p etc work
printf '# /opt/a\nl\n' >etc/ld-musl-x86_64.path
lib opt/a/libx.so
lib 'work/# /opt/a/liby.so'
lib work/l/libz.so
app app $(need libx.so liby.so libz.so)
