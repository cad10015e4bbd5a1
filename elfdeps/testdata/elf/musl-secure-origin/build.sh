#: run
#: user
#: target /prog/app
# Its $ORIGIN voids its run path; a library's counts.
. "$RECIPE/../program.sh"
lib prog/libx.so
lib lib/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib lib/sub/liby.so
program prog/app $(runpath '$ORIGIN') $(need libx.so)
chmod u+s prog/app
