# A weak need of a version may stay unmet.
printf 'V1 { }; V2 { f; };\n' >"$WORK/two"
printf 'V1 { g; };\n' >"$WORK/one"
lib "$WORK/new/libx.so" $(soname libx.so) --version-script "$WORK/two"
lib lib/libx.so $(soname libx.so) --version-script "$WORK/one"
printf 'int f(void); int g(void) { return f(); }' >"$WORK/g.c"
$CC -fPIC -nostdlib -shared -o lib/libg.so -Wl,--no-as-needed -Wl,-soname,libg.so "$WORK/g.c" "$WORK/new/libx.so"
at=$(readelf -SW lib/libg.so | sed -n 's/.* \.gnu\.version_r *[A-Z]* *[0-9a-f]* \([0-9a-f]*\) .*/\1/p')
byte lib/libg.so $((16#$at + 20)) 002 # vna_flags of the first need: VER_FLG_WEAK
app app $(need libg.so)
