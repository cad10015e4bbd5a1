#: run
#: target /usr/bin/app
# $ORIGIN of an executable is the folder of its real path.
. "$RECIPE/../program.sh"
lib prog/lib/libx.so
lib usr/lib/libx.so
program prog/bin/app $(runpath '$ORIGIN/../lib') $(need libx.so)
mkdir -p usr/bin
ln -s ../../prog/bin/app usr/bin/app
