# At a library without a dynamic section.
lib opt/bad/libx.so
off=$(od -An -tu8 -j32 -N8 opt/bad/libx.so)
n=$(od -An -tu2 -j56 -N2 opt/bad/libx.so)
for i in $(seq 0 $((n - 1))); do
  at=$((off + 56 * i))
  [ "$(od -An -tu4 -j$at -N4 opt/bad/libx.so)" -ne 2 ] || byte opt/bad/libx.so $at 000
done
lib opt/a/libx.so
app app $(runpath /opt/bad:/opt/a) $(need libx.so)
