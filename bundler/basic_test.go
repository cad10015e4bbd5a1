package bundler

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// sourceRoot makes a root with a usr-merged lib folder.
func sourceRoot(t *testing.T) rootfs.Dir {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"usr/lib/deep", "usr/bin", "etc", "tmp"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	must(t, os.Symlink("usr/lib", filepath.Join(root, "lib")))
	must(t, os.Symlink("usr/bin", filepath.Join(root, "bin")))
	must(t, os.WriteFile(filepath.Join(root, "usr/lib/deep/libx.so.1.2"), []byte("x12"), 0o644))
	must(t, os.Symlink("libx.so.1.2", filepath.Join(root, "usr/lib/deep/libx.so.1")))
	must(t, os.Symlink("/lib/deep", filepath.Join(root, "etc/deep")))
	must(t, os.WriteFile(filepath.Join(root, "usr/bin/tool"), []byte("tool"), 0o755))
	must(t, os.Chmod(filepath.Join(root, "usr/bin/tool"), 0o4755|os.ModeSetuid))
	return rootfs.Dir(root)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newManifest(t *testing.T, source rootfs.Tree) *Manifest {
	t.Helper()
	m, err := New(source)
	must(t, err)
	return m
}

// paths lists the entries of m.
func paths(m *Manifest) []string {
	var list []string
	for e := range m.Entries() {
		list = append(list, e.Path)
	}
	return list
}

func TestAddKeepsLinks(t *testing.T) {
	m := newManifest(t, sourceRoot(t))
	got, err := m.Add("/etc/deep/libx.so.1", Origin{Kind: Input})
	must(t, err)
	if want := "/usr/lib/deep/libx.so.1.2"; got != want {
		t.Errorf("walked to %s, want %s", got, want)
	}
	want := []string{
		"/", "/etc", "/etc/deep", "/lib", "/usr", "/usr/lib", "/usr/lib/deep",
		"/usr/lib/deep/libx.so.1", "/usr/lib/deep/libx.so.1.2",
	}
	if got := paths(m); !slices.Equal(got, want) {
		t.Errorf("entries %v\nwant %v", got, want)
	}
}

func TestWriteRoundTrip(t *testing.T) {
	source := sourceRoot(t)
	m := newManifest(t, source)
	for _, p := range []string{"/etc/deep/libx.so.1", "/bin/tool"} {
		_, err := m.Add(p, Origin{Kind: Input})
		must(t, err)
	}
	must(t, m.Mkdir("/tmp", Origin{Kind: MadeFolder}))
	must(t, m.AddContent("/etc/made", []byte("made"), 0o640, Origin{Kind: LoaderCache}))
	out := filepath.Join(t.TempDir(), "a/b/out")
	report, err := Write(context.Background(), m, out, Options{})
	must(t, err)
	if report.Files != len(paths(m)) {
		t.Errorf("%d files reported, %d planned", report.Files, len(paths(m)))
	}
	written := rootfs.Dir(out)
	for e := range m.Entries() {
		st, err := written.Lstat(e.Path)
		must(t, err)
		if st.Mode != e.Stat.Mode || st.Uid != e.Stat.Uid || st.Mtim != e.Stat.Mtim {
			t.Errorf("%s: mode %o owner %d time %v, want %o, %d, %v", e.Path, st.Mode, st.Uid, st.Mtim, e.Stat.Mode, e.Stat.Uid, e.Stat.Mtim)
		}
		if st.Mode&unix.S_IFMT == unix.S_IFLNK {
			target, err := written.Readlink(e.Path)
			must(t, err)
			if target != e.Target {
				t.Errorf("%s -> %s, want %s", e.Path, target, e.Target)
			}
		}
	}
	b, err := rootfs.ReadFile(written, "/etc/deep/libx.so.1", 100)
	must(t, err)
	if string(b) != "x12" {
		t.Errorf("contents %q", b)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(out), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
