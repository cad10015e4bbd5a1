#: run
# It may not be missing.
. "$RECIPE/../program.sh"
lib opt/a/liba.so -Wl,-F,libgone.so
program app $(runpath /opt/a) $(need liba.so)
