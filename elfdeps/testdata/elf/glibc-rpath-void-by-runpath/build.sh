# DT_RUNPATH of the requester voids the DT_RPATH of all its ancestors.
lib opt/a/liba.so $(runpath /opt/none) $(need libb.so)
lib opt/a/libb.so
app app $(rpath /opt/a) $(need liba.so)
