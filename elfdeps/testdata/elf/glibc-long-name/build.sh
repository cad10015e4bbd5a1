# A name too long for a file ends the list, and the search with it.
long=lib$(printf 'x%.0s' $(seq 260)).so
lib opt/a/liby.so
app app $(runpath /opt/a) $(need "$long" liby.so)
