#: run
#: user
# $ORIGIN of a library needs no default folder.
. "$RECIPE/../program.sh"
lib opt/a/liba.so $(runpath '$ORIGIN/sub') $(need libb.so)
lib opt/a/sub/libb.so
program app $(rpath /opt/a) $(need liba.so)
chmod u+s app
