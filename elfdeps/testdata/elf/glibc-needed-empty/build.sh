# A name without text is the executable's.
app app $(need libx.so)
lib lib/libx.so $(need liby.so)
lib lib/liby.so
at=$(grep -abo liby.so lib/libx.so | head -n 1 | cut -d: -f1)
byte lib/libx.so "$at" 000
