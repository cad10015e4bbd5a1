# DT_RPATH of a library serves those that it brought in, of any depth, and no others.
lib opt/a/liba.so $(rpath /opt/deep) $(need libb.so)
lib opt/deep/libb.so $(need libc1.so)
lib opt/deep/libc1.so
lib opt/a/libd.so $(need libe.so)
lib opt/deep/libe.so
app app $(rpath /opt/a) $(need liba.so libd.so)
