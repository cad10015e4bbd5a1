# Names are bytes: blanks, letters beyond ASCII.
lib 'opt/a b/libé.so'
app app '-Wl,--enable-new-dtags,-rpath,/opt/a b' $(need libé.so)
