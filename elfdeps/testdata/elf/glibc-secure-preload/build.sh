#: run
#: user
#: LD_PRELOAD=/opt/p/liba.so:libb.so:libc1.so
# LD_PRELOAD counts for libraries with the set-user-ID bit in default folders.
. "$RECIPE/../program.sh"
lib opt/p/liba.so
lib lib/libb.so
lib lib/libc1.so
chmod u+s lib/libc1.so
program app
chmod u+s app
