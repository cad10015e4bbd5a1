# What each rule's build.sh is run with, in an empty root directory. From the
# test come LOADER (the program interpreter), CC (a compiler for it), LD (a linker
# of its class), OBJECT (an object file of next to nothing, OBJECT32 and OBJECT64
# one of either class), WORK (a folder outside of the root) and ELFEDIT (which
# changes dynamic tags).
set -eu

# link FILE FLAGS... makes an object of next to nothing, with the linker's flags.
link() {
  local file=$1
  shift
  case $file in */*) mkdir -p "${file%/*}" ;; esac
  $LD -o "$file" "$OBJECT" "$@"
}

# lib FILE FLAGS... is a shared library without a soname, app FILE FLAGS... a
# position-independent executable of LOADER.
lib() { link "$@" -shared; }
app() { link "$@" -pie -dynamic-linker "$LOADER"; }

# need NAME... prints flags for DT_NEEDED entries of these names: libraries that
# exist for the linker alone.
need() {
  local name stub
  for name; do
    stub=$WORK/stub$BASHPID.$((stubs += 1)).so
    $LD -shared -o "$stub" "$OBJECT" -soname "$name"
    printf '%s\n' "$stub"
  done
}
stubs=0

rpath() { printf -- '--disable-new-dtags -rpath %s' "$1"; }
runpath() { printf -- '--enable-new-dtags -rpath %s' "$1"; }
soname() { printf -- '-soname %s' "$1"; }

# byte FILE OFFSET VALUE... overwrites bytes, whose values are octal.
byte() {
  local file=$1 at=$2
  shift 2
  printf "$(printf '\\%s' "$@")" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
}
