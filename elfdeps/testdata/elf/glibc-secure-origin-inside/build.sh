#: run
#: user
#: target /usr/bin/app
# And only at the beginning, alone or before a slash.
. "$RECIPE/../program.sh"
lib usr/lib/libx.so
lib usr/lib/x/usr/bin/libx.so
lib usr/lib/liby.so $(runpath '${ORIGIN}/p') $(need libz.so)
lib usr/lib/p/libz.so
program usr/bin/app $(runpath '/usr/lib/x$ORIGIN:${ORIGIN}/../lib') $(need libx.so liby.so)
chmod u+s usr/bin/app
