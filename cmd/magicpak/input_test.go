package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"magicpak/rootfs"
)

// makeTree makes files of a root: a name that ends in / is a directory, a
// content that begins with -> a link, and mode +x is for names in bin.
func makeTree(t *testing.T, files map[string]string) rootfs.Tree {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, name)
		check(t, os.MkdirAll(filepath.Dir(p), 0o755))
		mode := os.FileMode(0o644)
		if filepath.Base(filepath.Dir(p)) == "bin" {
			mode = 0o755
		}
		switch {
		case len(content) > 2 && content[:2] == "->":
			check(t, os.Symlink(content[2:], p))
		case name[len(name)-1] == '/':
			check(t, os.MkdirAll(p, 0o755))
		default:
			check(t, os.WriteFile(p, []byte(content), mode))
		}
	}
	return rootfs.Dir(root)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestInput(t *testing.T) {
	x := &explorer{
		tree: makeTree(t, map[string]string{
			"usr/bin/jq": "x", "bin": "->usr/bin", "home/bin/own": "x", "home/bin/jq": "x", "home/data": "x",
			"home/dir/": "", "home/jqdir/jq/": "", "home/gone": "->nowhere", "usr/sbin/jq": "not executable", "home/loop": "->loop",
		}),
		cwd:  "/home",
		path: "/usr/sbin:/nowhere:bin:/bin",
	}
	for _, c := range []struct{ cwd, name, want, err string }{
		{"/home", "/bin/jq", "/bin/jq", ""},
		{"/home", "jq", "/home/bin/jq", ""},
		{"/home/dir", "jq", "/bin/jq", ""},
		{"/home/jqdir", "jq", "/bin/jq", ""},
		{"/home/bin", "own", "/home/bin/own", ""},
		{"/home", "./bin/own", "/home/bin/own", ""},
		{"/home", "dir/../bin/own", "/home/dir/../bin/own", ""},
		{"/home", "none", "", "none: no such file here, and no such command on PATH"},
		{"/home", "./none", "", "/home/none: no such file"},
		{"/home", "dir", "", "/home/dir: is a directory"},
		{"/home", "data", "", "/home/data: is not executable"},
		{"/home", "/usr/sbin/jq", "", "/usr/sbin/jq: is not executable"},
		{"/home", "./gone", "", "/home/gone: is a symbolic link to nowhere, which is not there"},
		{"/home", "./loop", "", "walk /home/loop: too many symbolic links: /home/loop -> /home/loop"},
	} {
		x.cwd = c.cwd
		got, err := x.input(c.name)
		switch {
		case c.err == "" && (err != nil || got != c.want):
			t.Errorf("%s in %s: %s, %v, want %s", c.name, c.cwd, got, err, c.want)
		case c.err != "" && (err == nil || err.Error() != c.err):
			t.Errorf("%s in %s: error %v, want %s", c.name, c.cwd, err, c.err)
		}
	}
	var bad *inputError
	if _, err := x.input("none"); !errors.As(err, &bad) || bad.hint == "" {
		t.Errorf("no hint with %v", err)
	}
}
