# A C library under another name, musl's or glibc's, is libc itself.
mkdir -p opt/a
cp "$LOADER" opt/a/libmine.so
cp "$(gcc -print-file-name=libc.so.6)" opt/a/libours.so
app app $(runpath /opt/a) $(need libmine.so libours.so)
