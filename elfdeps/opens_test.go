package elfdeps_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"magicpak/elfdeps"
	"magicpak/rootfs"
)

// TestOpens has an executable open a library whose needs are not met, one that
// is no library and one that can be opened: only that one is there.
func TestOpens(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("sh", "-euc", `
echo 'int f;' >f.c; echo 'int main(void) { return 0; }' >m.c
gcc -shared -fPIC -o libgone.so f.c
gcc -shared -fPIC -o libdeep.so f.c
gcc -shared -fPIC -o liblacks.so f.c -Wl,--no-as-needed -L. -ldeep -lgone '-Wl,-rpath,$ORIGIN'
gcc -shared -fPIC -o libgood.so f.c -Wl,--no-as-needed -L. -ldeep '-Wl,-rpath,$ORIGIN'
echo 'this is no library, but text that is longer than the header of an ELF file' >libtext.so
gcc -o m m.c '-Wl,-rpath,$ORIGIN'
rm libgone.so`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, tt := range []struct{ opens, want []string }{
		{[]string{"liblacks.so"}, nil},
		{[]string{"libtext.so", "libnowhere.so"}, nil},
		{[]string{"liblacks.so", "libgood.so"}, []string{"libgood.so", "libdeep.so"}},
	} {
		r := &elfdeps.Resolver{Root: rootfs.Dir("/")}
		done := false
		r.Opens = func(_, _ uint64) []string {
			if done {
				return nil
			}
			done = true // the executable comes first
			return tt.opens
		}
		res, err := r.Resolve(dir + "/m")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range res.Dlopened {
			got = append(got, l.Name)
			if !strings.HasSuffix(l.NeededBy, "/m") && !strings.HasSuffix(l.NeededBy, "/libgood.so") {
				t.Errorf("%s is needed by %s", l.Name, l.NeededBy)
			}
		}
		if !slices.Equal(got, tt.want) || !res.Closed() {
			t.Errorf("%v: opened %v, want %v; missing %v", tt.opens, got, tt.want, res.Missing)
		}
	}
}
