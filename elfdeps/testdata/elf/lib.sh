# What each rule's build.sh is run with, in an empty root directory. From the
# test come CC, LOADER (the program interpreter), WORK (a folder outside of the
# root) and ELFEDIT (which changes a file's header or dynamic section).
set -eu

printf 'void _start(void) {}\nint f(void) { return 1; }\n' >"$WORK/f.c"
$CC -fPIC -c -o "$WORK/f.o" "$WORK/f.c"

# link FILE FLAGS... makes an object of next to nothing.
link() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  $CC -nostdlib -o "$file" "$WORK/f.o" -Wl,--no-as-needed "$@"
}

# lib FILE FLAGS... is a shared library without a soname, app FILE FLAGS... a
# position-independent executable of LOADER.
lib() { link "$@" -shared; }
app() { link "$@" -pie -Wl,-dynamic-linker,"$LOADER"; }

# need NAME prints flags for a DT_NEEDED entry of that name.
stubs=0
need() {
  local dir
  for name; do
    dir=$(mktemp -d "$WORK/stub.XXXXXX")
    $CC -nostdlib -shared -o "$dir/stub.so" "$WORK/f.o" -Wl,-soname,"$name"
    printf '%s\n' "$dir/stub.so"
  done
}

rpath() { printf -- '-Wl,--disable-new-dtags,-rpath,%s' "$1"; }
runpath() { printf -- '-Wl,--enable-new-dtags,-rpath,%s' "$1"; }
soname() { printf -- '-Wl,-soname,%s' "$1"; }

# byte FILE OFFSET VALUE... overwrites bytes, whose values are octal.
byte() {
  local file=$1 at=$2
  shift 2
  printf "$(printf '\\%s' "$@")" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
}
