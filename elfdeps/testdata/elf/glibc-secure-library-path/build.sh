#: run
#: user
#: LD_LIBRARY_PATH=/opt/env
# A set-user-ID program has no LD_LIBRARY_PATH, and keeps DT_RPATH.
. "$RECIPE/../program.sh"
lib opt/env/libx.so
lib lib/libx.so
lib opt/r/liby.so
program app $(rpath /opt/r) $(need libx.so liby.so)
chmod u+s app
