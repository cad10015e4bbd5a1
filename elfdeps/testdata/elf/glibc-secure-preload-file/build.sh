#: run
#: user
# /etc/ld.so.preload may name paths; names are searched for as from LD_PRELOAD.
. "$RECIPE/../program.sh"
mkdir -p etc
echo '/opt/p/liba.so libb.so libc1.so' >etc/ld.so.preload
lib opt/p/liba.so
lib lib/libb.so
lib lib/libc1.so
chmod u+s lib/libc1.so
program app
chmod u+s app
