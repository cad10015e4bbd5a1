#: run
# A program with the C library, started.
. "$RECIPE/../program.sh"
lib opt/a/libx.so $(need libm.so.6)
program app $(runpath /opt/a) $(need libx.so)
