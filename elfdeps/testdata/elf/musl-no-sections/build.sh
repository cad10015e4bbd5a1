# Files without section headers are as good.
lib opt/a/libx.so $(runpath '$ORIGIN/sub') $(need liby.so)
lib opt/a/sub/liby.so
app app $(runpath /opt/a) $(need libx.so)
for f in app opt/a/libx.so opt/a/sub/liby.so; do
  byte $f 40 000 000 000 000 000 000 000 000
  byte $f 60 000 000 000 000
done
