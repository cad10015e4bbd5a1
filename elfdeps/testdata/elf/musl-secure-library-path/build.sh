#: run
#: user
#: LD_LIBRARY_PATH=/opt/env
#: LD_PRELOAD=/opt/env/libp.so
# A set-user-ID program has neither LD_LIBRARY_PATH nor LD_PRELOAD.
. "$RECIPE/../program.sh"
lib opt/env/libx.so
lib opt/env/libp.so
lib lib/libx.so
program app $(need libx.so)
chmod u+s app
