#: run
#: user
#: target /usr/lib/app
# A token in a name ends it.
. "$RECIPE/../program.sh"
lib usr/lib/libx.so
program usr/lib/app $(need '$ORIGIN/libx.so')
chmod u+s usr/lib/app
