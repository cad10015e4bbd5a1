#: loader
#: target /opt/a/libx.so
# A library as the one to be resolved.
lib opt/a/libx.so $(runpath /opt/a) $(need liby.so)
lib opt/a/liby.so
