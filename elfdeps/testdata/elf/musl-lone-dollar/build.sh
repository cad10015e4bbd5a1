# So does a dollar.
lib opt/a/libx.so
app app $(runpath '/opt/a:$ORIGIN/opt/a:/opt/x$') $(need libx.so)
