# A name of more than 255 bytes is not searched for, a longer path is not tried.
long=lib$(printf 'x%.0s' $(seq 260)).so
deep=$(printf '%0100d/' 1 2 3 4 5)
lib "opt/$deep/liby.so"
lib opt/a/liby.so
app app $(runpath "/opt/$deep:/opt/a") $(need "$long" liby.so)
