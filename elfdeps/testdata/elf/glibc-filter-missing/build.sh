#: run
# It may not be missing.
. "$RECIPE/../program.sh"
lib opt/a/liba.so -F libgone.so
program app $(runpath /opt/a) $(need liba.so)
