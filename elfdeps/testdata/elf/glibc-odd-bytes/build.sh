# Names are bytes: blanks, letters beyond ASCII.
lib 'opt/a b/libé.so'
app app --enable-new-dtags -rpath '/opt/a b' $(need libé.so)
