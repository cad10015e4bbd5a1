# For rules that only show when the executable runs. program FILE FLAGS... is
# one that prints what is mapped, and brings the C library.
program() {
  local file=$1 flags=() flag
  shift
  case $file in */*) mkdir -p "${file%/*}" ;; esac
  case $LOADER in
  *musl*) ;;
  *)
    mkdir -p lib/x86_64-linux-gnu
    cp "$($CC -print-file-name=libc.so.6)" lib/x86_64-linux-gnu/
    ;;
  esac
  for flag; do flags+=(-Xlinker "$flag"); done
  $CC -o "$file" "$RECIPE/../program.c" -Wl,--no-as-needed "${flags[@]}"
}
