package bundler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// escapes are destinations that try to leave the bundle, in a source with the
// links of escapeSource, and where they end. "" is a refusal.
var escapes = []struct{ dest, want string }{
	{"/../x", ""},
	{"/../../../../../../etc/x", ""},
	{"..", ""},
	{"../x", ""},
	{"../../x", ""},
	{"/a/../../x", ""},
	{"/a/../x", "/x"},
	{"/a/b/../../../x", ""},
	{"/./../x", ""},
	{"//..//x", ""},
	{"/root/x", "/x"},
	{"/root/../x", "/x"},
	{"/here/../x", "/x"},
	{"/up/x", "/x"},
	{"/deep/up/x", "/x"},
	{"/abs/x", "OUTSIDE/x"},
	{"/abs", "OUTSIDE"},
	{"/abs/../x", "PARENT/x"},
	{"/absfile", "OUTSIDE/canary"},
	{"/twice/x", "OUTSIDE/x"},
	{"/loop", ""},
	{"/loop/x", ""},
	{"/ping/x", ""},
	{"/dangling/x", "/nowhere/x"},
	{"/dangling", "/nowhere"},
	{"/danglingup/x", "/nowhere/x"},
	{"/file/x", ""},
	{"/file/../x", ""},
	{"/.wh.x", ""},
	{"/.wh..wh..opq", ""},
	{"/a/.wh.b/x", ""},
	{"/towh/x", ""},
	{"/a\x00b", ""},
	{"/" + strings.Repeat("n", 256), ""},
	{"/proc/self/root/x", "/proc/self/root/x"},
	{"/c40/x", "/end/x"},
	{"/c41/x", ""},
	{"/c41", ""},
}

// escapeSource makes a root with links that lead out, and beside it what they
// lead to.
func escapeSource(t *testing.T) (source rootfs.Dir, outside string) {
	t.Helper()
	dir := t.TempDir()
	root, outside := filepath.Join(dir, "root"), filepath.Join(dir, "outside")
	must(t, os.MkdirAll(filepath.Join(root, "deep"), 0o755))
	must(t, os.MkdirAll(filepath.Join(root, "end"), 0o755))
	must(t, os.Mkdir(outside, 0o755))
	must(t, os.WriteFile(filepath.Join(outside, "canary"), []byte("canary"), 0o644))
	must(t, os.WriteFile(filepath.Join(root, "file"), []byte("file"), 0o644))
	links := map[string]string{
		"root": "/", "here": ".", "up": "../../../..", "deep/up": "../../..", "abs": outside,
		"absfile": outside + "/canary", "twice": "abs", "loop": "loop", "ping": "pong", "pong": "ping",
		"dangling": "nowhere", "danglingup": "../../nowhere", "towh": ".wh.x", "c1": "end",
	}
	for i := 2; i <= 41; i++ {
		links[fmt.Sprintf("c%d", i)] = fmt.Sprintf("c%d", i-1)
	}
	for name, target := range links {
		must(t, os.Symlink(target, filepath.Join(root, name)))
	}
	return rootfs.Dir(root), outside
}

// Each destination is tried with everything that places something in a bundle.
// Nothing appears outside, and a bundle that is refused is not there.
func TestEscapes(t *testing.T) {
	source, outside := escapeSource(t)
	o := Origin{Kind: Input}
	operations := map[string]func(m *Manifest, dest string) error{
		"as":    func(m *Manifest, dest string) error { _, err := m.AddAs("/file", dest, o); return err },
		"text":  func(m *Manifest, dest string) error { return m.AddContent(dest, []byte("made"), 0o644, o) },
		"mkdir": func(m *Manifest, dest string) error { return m.Mkdir(dest, o) },
	}
	area := t.TempDir()
	out := filepath.Join(area, "deep/er/out")
	for name, add := range operations {
		for _, c := range escapes {
			before := snapshot(t, filepath.Dir(outside))
			m := newManifest(t, source)
			err := add(m, c.dest)
			if err == nil {
				_, err = Write(context.Background(), m, out, Options{})
			}
			want := strings.NewReplacer("OUTSIDE", outside, "PARENT", filepath.Dir(outside)).Replace(c.want)
			switch _, there := os.Lstat(filepath.Join(out, want)); {
			case want == "" && err == nil:
				t.Errorf("%s %q: not refused: %q", name, c.dest, paths(m))
			case want != "" && (err != nil || there != nil || m.Entry(want) == nil):
				t.Errorf("%s %q: %v, %v, want it at %s: %q", name, c.dest, err, there, want, paths(m))
			}
			if after := snapshot(t, filepath.Dir(outside)); !maps.Equal(before, after) {
				t.Fatalf("%s %q: outside: %q", name, c.dest, differences(after, before))
			}
			must(t, os.RemoveAll(out))
			if left := append(globAll(t, area+"/*/*/*"), globAll(t, area+"/.*")...); len(left) > 0 {
				t.Fatalf("%s %q: left %q", name, c.dest, left)
			}
			must(t, os.RemoveAll(filepath.Join(area, "deep")))
		}
	}
	if n := len(escapes) * len(operations); n < 60 {
		t.Errorf("%d cases, want 60", n)
	}
}

func globAll(t *testing.T, pattern string) []string {
	t.Helper()
	list, err := filepath.Glob(pattern)
	must(t, err)
	return list
}

// Loops and chains that the kernel would not follow are errors that say so,
// whoever meets them.
func TestTooManyLinks(t *testing.T) {
	source, _ := escapeSource(t)
	o := Origin{Kind: Input}
	for _, p := range []string{"/loop", "/ping", "/ping/x", "/c41", "/c41/x"} {
		m := newManifest(t, source)
		_, err := m.Add(p, o)
		_, errInclude := m.Include(p)
		_, errAs := m.AddAs(p, "/x", o)
		for i, err := range []error{err, errInclude, errAs, m.AddTree(p, o), m.Mkdir(p+"/y", o)} {
			if p == "/ping/x" || p == "/c41/x" {
				if i == 1 {
					continue // a glob that leads nowhere matches nothing
				}
			}
			if !errors.Is(err, unix.ELOOP) {
				t.Errorf("%s, operation %d: %v, want ELOOP", p, i, err)
			}
		}
	}
}
