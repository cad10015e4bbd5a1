package bundler

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAddAsFollowsLinks places a file through links of the source, which stay
// inside the bundle wherever they lead.
func TestAddAsFollowsLinks(t *testing.T) {
	source := sourceRoot(t)
	must(t, os.Symlink("../../../usr/bin", filepath.Join(string(source), "up")))
	for _, c := range []struct{ dest, want string }{
		{"/bin/x", "/usr/bin/x"},
		{"/etc/deep/x", "/usr/lib/deep/x"},
		{"/up/x", "/usr/bin/x"},
		{"/new//folder/./x", "/new/folder/x"},
		{"/etc/../x", "/x"},
	} {
		got, err := newManifest(t, source).AddAs("/usr/bin/tool", c.dest, Origin{Kind: Input})
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v, want %s", c.dest, got, err, c.want)
		}
	}
	for _, dest := range []string{"/../x", "../x", "/a/../../x"} {
		var escape *EscapeError
		if got, err := newManifest(t, source).AddAs("/usr/bin/tool", dest, Origin{Kind: Input}); !errors.As(err, &escape) {
			t.Errorf("%s: %s, %v, want an EscapeError", dest, got, err)
		}
	}
}

// TestAddAsConflicts wants one path of the bundle to come from one file.
func TestAddAsConflicts(t *testing.T) {
	source := sourceRoot(t)
	must(t, os.WriteFile(filepath.Join(string(source), "usr/bin/other"), []byte("other"), 0o755))
	add := func(m *Manifest, p string) error {
		_, err := m.Add(p, Origin{Kind: Needed})
		return err
	}
	for _, c := range []struct {
		name string
		do   func(m *Manifest) error
		want string // "" for no conflict
	}{
		{"a folder of the source", func(m *Manifest) error {
			_, err := m.AddAs("/usr/bin/tool", "/usr/lib", Origin{Kind: Input})
			return err
		}, "both the folder /usr/lib and /usr/bin/tool would be at /usr/lib in the bundle"},
		{"the file that was moved there", func(m *Manifest) error {
			_, err := m.AddAs("/usr/bin/tool", "/bin/tool", Origin{Kind: Input})
			return errors.Join(err, add(m, "/bin/tool"))
		}, ""},
		{"another file after", func(m *Manifest) error {
			_, err := m.AddAs("/usr/bin/tool", "/usr/bin/other", Origin{Kind: Input})
			return errors.Join(err, add(m, "/bin/other"))
		}, "both /usr/bin/tool and /usr/bin/other would be at /usr/bin/other in the bundle"},
		{"another file before", func(m *Manifest) error {
			err := add(m, "/bin/other")
			_, err2 := m.AddAs("/usr/bin/tool", "/usr/bin/other", Origin{Kind: Input})
			return errors.Join(err, err2)
		}, "both /usr/bin/other and /usr/bin/tool would be at /usr/bin/other in the bundle"},
		{"in an included folder", func(m *Manifest) error {
			_, err := m.AddAs("/usr/bin/tool", "/usr/bin/other", Origin{Kind: Input})
			_, err2 := m.Include("/usr/bin")
			return errors.Join(err, err2)
		}, "both /usr/bin/tool and /usr/bin/other would be at /usr/bin/other in the bundle"},
		{"below a file", func(m *Manifest) error {
			_, err := m.AddAs("/usr/bin/tool", "/bin/tool", Origin{Kind: Input})
			return errors.Join(err, m.Mkdir("/bin/tool", Origin{Kind: MadeFolder}))
		}, "both /usr/bin/tool and a folder would be at /usr/bin/tool in the bundle"},
	} {
		var conflict *ConflictError
		switch err := c.do(newManifest(t, source)); {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && !errors.As(err, &conflict):
			t.Errorf("%s: %v, want a ConflictError", c.name, err)
		case c.want != "" && conflict.Error() != c.want:
			t.Errorf("%s: %v, want %s", c.name, conflict, c.want)
		}
	}
}

// TestExcludeGoesDeep takes out a folder with all it holds, and the links and
// folders that were only on the way to it.
func TestExcludeGoesDeep(t *testing.T) {
	source := sourceRoot(t)
	for _, c := range []struct {
		glob string
		gone []string
		left []string
	}{
		{"/usr/lib/deep", []string{"/usr/lib/deep"}, []string{"/", "/bin", "/usr", "/usr/bin", "/usr/bin/tool"}},
		{"/lib/deep/*.2", []string{"/usr/lib/deep/libx.so.1.2"}, []string{"/", "/bin", "/usr", "/usr/bin", "/usr/bin/tool"}},
		{"/usr/**", []string{"/usr", "/usr/bin", "/usr/bin/tool", "/usr/lib", "/usr/lib/deep", "/usr/lib/deep/libx.so.1", "/usr/lib/deep/libx.so.1.2"}, []string{"/"}},
		{"**/none", nil, []string{
			"/", "/bin", "/etc", "/etc/deep", "/lib", "/usr", "/usr/bin", "/usr/bin/tool",
			"/usr/lib", "/usr/lib/deep", "/usr/lib/deep/libx.so.1", "/usr/lib/deep/libx.so.1.2",
		}},
	} {
		m := newManifest(t, source)
		for _, p := range []string{"/etc/deep/libx.so.1", "/bin/tool"} {
			_, err := m.Add(p, Origin{Kind: Input})
			must(t, err)
		}
		gone, err := m.Exclude(c.glob)
		must(t, err)
		sameList(t, "--exclude "+c.glob+" takes out", gone, c.gone)
		sameList(t, "--exclude "+c.glob+" leaves", paths(m), c.left)
	}
}

// TestIncludeNamesWhatFails wants an error to name the path.
func TestIncludeNamesWhatFails(t *testing.T) {
	source := sourceRoot(t)
	must(t, os.Symlink("loop", filepath.Join(string(source), "etc/loop")))
	_, err := newManifest(t, source).Include("/etc/loop")
	if want := "include /etc/loop: walk /etc/loop: too many symbolic links: /etc/loop -> /etc/loop"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if !errors.Is(err, unix.ELOOP) {
		t.Errorf("%v is no ELOOP", err)
	}
	must(t, os.WriteFile(filepath.Join(string(source), "etc/.wh.x"), nil, 0o600))
	var whiteout *WhiteoutError
	if _, err := newManifest(t, source).Include("/etc/*"); !errors.As(err, &whiteout) {
		t.Errorf("%v, want a WhiteoutError", err)
	}
}

func sameList(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s %q, want %q", what, got, want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("%s %q, want %q", what, got, want)
			return
		}
	}
}
