#: run
#: user
#: target /opt/bin/app
# Its $ORIGIN counts only where it leads into a default folder.
. "$RECIPE/../program.sh"
lib opt/lib/libx.so
lib lib/libx.so
lib usr/lib/deep/liby.so
program opt/bin/app $(runpath '$ORIGIN/../lib:$ORIGIN/../../usr/lib/deep') $(need libx.so liby.so)
chmod u+s opt/bin/app
