# A library without version definitions serves for all.
printf 'V2 { f; };\n' >"$WORK/two"
lib "$WORK/new/libx.so" $(soname libx.so) --version-script "$WORK/two"
lib lib/libx.so $(soname libx.so)
printf 'int f(void); int g(void) { return f(); }' >"$WORK/g.c"
$CC -fPIC -nostdlib -shared -o lib/libg.so -Wl,--no-as-needed -Wl,-soname,libg.so "$WORK/g.c" "$WORK/new/libx.so"
app app $(need libg.so)
