# A symbol version that the library found does not define.
printf 'V1 { f; };\n' >"$WORK/one"
printf 'V1 { }; V2 { f; };\n' >"$WORK/two"
lib "$WORK/new/libx.so" $(soname libx.so) --version-script "$WORK/two"
lib lib/libx.so $(soname libx.so) --version-script "$WORK/one"
printf 'int f(void); int g(void) { return f(); }' >"$WORK/g.c"
$CC -fPIC -nostdlib -shared -o lib/libg.so -Wl,--no-as-needed -Wl,-soname,libg.so "$WORK/g.c" "$WORK/new/libx.so"
app app $(need libg.so)
