#: run
# It may be missing, or be no library.
. "$RECIPE/../program.sh"
mkdir -p opt/a
echo 'not a library, though it is longer than the header of an ELF file is' >opt/a/libbad.so
lib opt/a/liba.so -f libgone.so -f libbad.so $(runpath /opt/a)
program app $(runpath /opt/a) $(need liba.so)
