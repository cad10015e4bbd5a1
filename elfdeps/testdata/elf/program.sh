# For rules that only show when the executable runs. program FILE FLAGS... is
# one that prints what is mapped, and brings the C library.
program() {
  local file=$1
  shift
  mkdir -p "$(dirname "$file")"
  case $LOADER in
  *musl*) ;;
  *)
    mkdir -p lib/x86_64-linux-gnu
    cp "$($CC -print-file-name=libc.so.6)" lib/x86_64-linux-gnu/
    ;;
  esac
  $CC -o "$file" "$RECIPE/../program.c" -Wl,--no-as-needed "$@"
}
