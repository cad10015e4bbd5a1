package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// makeTree makes a directory with what each line says: "dir/" makes a folder,
// "link -> target" a link, another one a file that holds its name. What leads
// out of the directory or cannot be made is left out: [os.Root] sees to that.
func makeTree(t testing.TB, lines ...string) Dir {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, line := range lines {
		name, target, isLink := strings.Cut(line, " -> ")
		switch {
		case isLink:
			root.Symlink(target, name)
		case strings.HasSuffix(name, "/"):
			root.MkdirAll(strings.TrimSuffix(name, "/"), 0o755)
		default:
			root.WriteFile(name, []byte(name), 0o644)
		}
	}
	return Dir(dir)
}

// chainOf returns n links, each to the one before it, and the file at their end.
func chainOf(n int) []string {
	lines := []string{"link0"}
	for i := range n {
		lines = append(lines, fmt.Sprintf("link%d -> link%d", i+1, i))
	}
	return lines
}

var usrMerged = []string{
	"usr/lib/deep/", "usr/bin/", "lib -> usr/lib", "usr/lib/deep/file", "usr/bin/tool", "etc/alternatives/",
	"etc/alternatives/tool -> /bin/tool", "bin -> /usr/bin", "usr/bin/alt -> ../../etc/alternatives/tool",
	"deep -> lib/deep", "up -> ../../../usr", "self -> self", "ping -> pong", "pong -> ping", "empty/",
	"dangling -> nowhere", "dangling2 -> /nowhere/x", "slash -> usr/bin/tool/", "dirslash -> usr/lib/", "a\xffb/", "a\xffb/\x01 \n",
	"root -> /", "dotdot -> ..",
}

func TestStat(t *testing.T) {
	tree := makeTree(t, usrMerged...)
	for _, c := range []struct {
		path  string
		want  string
		steps string // paths of the folders and links on the way
		err   error
	}{
		{path: "/", want: "/"},
		{path: "//usr/./bin//tool", want: "/usr/bin/tool", steps: "/ /usr /usr/bin"},
		{path: "usr/bin", want: "/usr/bin", steps: "/ /usr"},
		{path: "/lib/deep/file", want: "/usr/lib/deep/file", steps: "/ /lib /usr /usr/lib /usr/lib/deep"},
		{path: "/usr/bin/alt", want: "/usr/bin/tool", steps: "/ /usr /usr/bin /usr/bin/alt /etc /etc/alternatives /etc/alternatives/tool /bin"},

		// The parent of what a link leads to, not of the link.
		{path: "/deep/..", want: "/usr/lib", steps: "/ /deep /lib /usr /usr/lib /usr/lib/deep"},
		{path: "/deep/../../bin/tool", want: "/usr/bin/tool", steps: "/ /deep /lib /usr /usr/lib /usr/lib/deep /usr/bin"},
		{path: "/../../usr", want: "/usr", steps: "/"},
		{path: "/up/bin", want: "/usr/bin", steps: "/ /up /usr"},
		{path: "/root/root/usr", want: "/usr", steps: "/ /root"},
		{path: "/dotdot/usr", want: "/usr", steps: "/ /dotdot"},

		{path: "/usr/bin/tool/", err: unix.ENOTDIR},
		{path: "/usr/bin/tool/.", err: unix.ENOTDIR},
		{path: "/usr/bin/tool/..", err: unix.ENOTDIR},
		{path: "/usr/bin/tool/x", err: unix.ENOTDIR},
		{path: "/slash", err: unix.ENOTDIR},
		{path: "/dirslash", want: "/usr/lib", steps: "/ /dirslash /usr /usr/lib"},
		{path: "/empty/", want: "/empty", steps: "/ /empty"},
		{path: "/none", err: unix.ENOENT},
		{path: "/none/..", err: unix.ENOENT},
		{path: "/dangling", err: unix.ENOENT},
		{path: "/dangling/", err: unix.ENOENT},
		{path: "/dangling2", err: unix.ENOENT},
		{path: "", err: unix.ENOENT},
		{path: "/a\x00b", err: unix.EINVAL},
		{path: "/" + strings.Repeat("x", 255), err: unix.ENOENT},
		{path: "/" + strings.Repeat("x", 256), err: unix.ENAMETOOLONG},
		{path: strings.Repeat("/", unix.PathMax-1), want: "/"},
		{path: strings.Repeat("/", unix.PathMax), err: unix.ENAMETOOLONG},
		{path: "/self", err: unix.ELOOP},
		{path: "/ping/x", err: unix.ELOOP},

		{path: "/a\xffb/\x01 \n", want: "/a\xffb/\x01 \n", steps: "/ /a\xffb"},
	} {
		place, err := Stat(tree, c.path)
		if !errors.Is(err, c.err) || (err != nil) != (c.err != nil) {
			t.Errorf("Stat(%.40q): error %v, want %v", c.path, err, c.err)
			continue
		}
		if err != nil {
			continue
		}
		if place.Path != c.want {
			t.Errorf("Stat(%.40q) = %q, want %q", c.path, place.Path, c.want)
		}
		if got := stepsOf(place); c.steps != "" && got != c.steps {
			t.Errorf("Stat(%.40q): steps %q, want %q", c.path, got, c.steps)
		}
	}
}

func stepsOf(p Place) string {
	var list []string
	for _, s := range p.Steps {
		list = append(list, s.Path)
	}
	return strings.Join(list, " ")
}

func TestLstat(t *testing.T) {
	tree := makeTree(t, usrMerged...)
	for _, c := range []struct{ path, want string }{
		{"/bin", "/bin"},
		{"/bin/", "/usr/bin"},
		{"/bin/.", "/usr/bin"},
		{"/bin/alt", "/usr/bin/alt"},
		{"/dangling", "/dangling"},
		{"/self", "/self"},
	} {
		place, err := Lstat(tree, c.path)
		if err != nil || place.Path != c.want {
			t.Errorf("Lstat(%q) = %q, %v, want %q", c.path, place.Path, err, c.want)
		}
	}
	for path, want := range map[string]error{"/dangling/": unix.ENOENT, "/self/": unix.ELOOP, "/slash/": unix.ENOTDIR} {
		if place, err := Lstat(tree, path); !errors.Is(err, want) {
			t.Errorf("Lstat(%q) = %q, %v, want %v", path, place.Path, err, want)
		}
	}
}

// TestStepsTellLinks wants a step to hold the text of a link, unchanged.
func TestStepsTellLinks(t *testing.T) {
	place, err := Stat(makeTree(t, usrMerged...), "/usr/bin/alt")
	if err != nil {
		t.Fatal(err)
	}
	targets := map[string]string{"/usr/bin/alt": "../../etc/alternatives/tool", "/etc/alternatives/tool": "/bin/tool", "/bin": "/usr/bin"}
	for _, s := range place.Steps {
		if s.Target != targets[s.Path] {
			t.Errorf("%s -> %q, want %q", s.Path, s.Target, targets[s.Path])
		}
		if isLink := s.Stat.Mode&unix.S_IFMT == unix.S_IFLNK; isLink != (s.Target != "") {
			t.Errorf("%s: mode %o with target %q", s.Path, s.Stat.Mode, s.Target)
		}
	}
}

// TestManyLinks follows as many links as the kernel does and no more.
func TestManyLinks(t *testing.T) {
	tree := makeTree(t, chainOf(41)...)
	if place, err := Stat(tree, "/link40"); err != nil || place.Path != "/link0" {
		t.Errorf("40 links: %s, %v", place.Path, err)
	}
	if _, err := os.Stat(filepath.Join(string(tree), "link40")); err != nil {
		t.Errorf("40 links, the kernel: %v", err)
	}
	_, err := Stat(tree, "/link41")
	var loop *LoopError
	if !errors.As(err, &loop) || !errors.Is(err, unix.ELOOP) {
		t.Fatalf("41 links: %v, want a LoopError", err)
	}
	if len(loop.Chain) != 41 || loop.Chain[0] != "/link41" {
		t.Errorf("chain %q", loop.Chain)
	}
	if _, err := os.Stat(filepath.Join(string(tree), "link41")); !errors.Is(err, unix.ELOOP) {
		t.Errorf("41 links, the kernel: %v", err)
	}
}

func TestLoopErrorNamesChain(t *testing.T) {
	tree := makeTree(t, append(slices.Clone(usrMerged), chainOf(60)...)...)
	for path, want := range map[string]string{
		"/self":   "walk /self: too many symbolic links: /self -> /self",
		"/ping":   "walk /ping: too many symbolic links: /ping -> /pong -> /ping",
		"/link60": "walk /link60: too many symbolic links: /link60 -> /link59 -> /link58 -> /link57 -> /link56 -> /link55 -> /link54 -> /link53 -> ...",
	} {
		if _, err := Stat(tree, path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
}

// TestErrorNamesPath wants the path that was asked for in an error, once.
func TestErrorNamesPath(t *testing.T) {
	_, err := Stat(makeTree(t, usrMerged...), "/lib/none/x")
	var pe *fs.PathError
	if !errors.As(err, &pe) || err.Error() != "walk /lib/none/x: no such file or directory" {
		t.Errorf("%v", err)
	}
}

func TestReadFile(t *testing.T) {
	tree := makeTree(t, usrMerged...)
	if b, err := ReadFile(tree, "/bin/alt", 100); err != nil || string(b) != "usr/bin/tool" {
		t.Errorf("%q, %v", b, err)
	}
	if b, err := ReadFile(tree, "/bin/alt", 3); err != nil || string(b) != "usr" {
		t.Errorf("3 bytes: %q, %v", b, err)
	}
	if err := unix.Mkfifo(filepath.Join(string(tree), "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/usr", "/fifo"} {
		if _, err := ReadFile(tree, path, 100); !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.EISDIR) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestOpenFollowsNoLink opens walked paths only: a link in the way there means
// that the tree changed.
func TestOpenFollowsNoLink(t *testing.T) {
	if _, err := makeTree(t, usrMerged...).Open("/dangling"); !errors.Is(err, unix.ELOOP) {
		t.Errorf("%v, want ELOOP", err)
	}
}

// TestCachedRemembers wants answers to stay though the tree changes.
func TestCachedRemembers(t *testing.T) {
	dir := makeTree(t, usrMerged...)
	tree := Cached(dir)
	for range 2 {
		if place, err := Stat(tree, "/usr/bin/alt"); err != nil || place.Path != "/usr/bin/tool" {
			t.Errorf("%s, %v", place.Path, err)
		}
		if _, err := Stat(tree, "/none"); !errors.Is(err, unix.ENOENT) {
			t.Errorf("%v, want ENOENT", err)
		}
		os.WriteFile(filepath.Join(string(dir), "none"), nil, 0o600)
		os.Remove(filepath.Join(string(dir), "etc/alternatives/tool"))
	}
}

func TestReadDirSorts(t *testing.T) {
	names, err := makeTree(t, "d/", "d/b", "d/\xff", "d/a", "d/B").ReadDir("/d")
	if want := []string{"B", "a", "b", "\xff"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%q, %v, want %q", names, err, want)
	}
}
