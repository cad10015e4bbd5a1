package rootfs

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A kernelWalk is what the kernel makes of a path when a directory is its root.
type kernelWalk struct {
	path string // absolute in that root
	st   unix.Stat_t
	err  error
}

// walkInKernel walks path in the directory root as a process would whose root
// that is (RESOLVE_IN_ROOT in openat2(2)).
func walkInKernel(t testing.TB, root Dir, path string, follow bool) (k kernelWalk) {
	t.Helper()
	dir, err := unix.Open(string(root), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	how := &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT}
	if !follow {
		how.Flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Openat2(dir, path, how)
	for errors.Is(err, unix.EAGAIN) { // something was renamed meanwhile, anywhere
		fd, err = unix.Openat2(dir, path, how)
	}
	if err != nil {
		return kernelWalk{err: err}
	}
	defer unix.Close(fd)
	if err := unix.Fstat(fd, &k.st); err != nil {
		t.Fatal(err)
	}
	host, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd))
	if err != nil {
		t.Fatal(err)
	}
	if k.path = strings.TrimPrefix(host, string(root)); k.path == "" {
		k.path = "/"
	}
	return k
}

// compareWalks holds a walk against the kernel's own.
func compareWalks(t testing.TB, root Dir, path string) {
	t.Helper()
	for _, follow := range []bool{true, false} {
		want := walkInKernel(t, root, path, follow)
		got, err := walk(root, path, follow)
		var errno unix.Errno
		switch {
		case want.err != nil && (!errors.As(err, &errno) || errno != want.err):
			t.Errorf("%q, follow %v: %s, %v; the kernel: %v", path, follow, got.Path, err, want.err)
		case want.err == nil && (err != nil || got.Path != want.path || got.Stat.Ino != want.st.Ino || got.Stat.Mode != want.st.Mode):
			t.Errorf("%q, follow %v: %q, %v; the kernel: %q", path, follow, got.Path, err, want.path)
		}
	}
}

// FuzzWalk holds walks of any path in any tree against the kernel's own.
func FuzzWalk(f *testing.F) {
	f.Add(strings.Join(usrMerged, "\x00"), "/usr/bin/alt")
	f.Add(strings.Join(usrMerged, "\x00"), "deep/../../slash/")
	f.Add(strings.Join(chainOf(41), "\x00"), "link41")
	f.Add("a -> b/\x00b -> .\x00c/\x00c/d -> ../a/c", "a/c/d/../../b/")
	f.Fuzz(func(t *testing.T, tree, path string) {
		if strings.IndexByte(path, 0) >= 0 || len(tree) > 1<<12 {
			t.Skip("a system call takes no such path")
		}
		compareWalks(t, makeTree(t, strings.Split(tree, "\x00")...), path)
	})
}

// TestWalkAsKernel walks random paths of random trees that are full of links.
func TestWalkAsKernel(t *testing.T) {
	const trees, walks = 30, 500
	r := rand.New(rand.NewPCG(1, 2))
	words := []string{"a", "b", "c", "d", ".", "..", "", "f"}
	path := func(most int) string {
		var b strings.Builder
		if r.IntN(3) == 0 {
			b.WriteByte('/')
		}
		for i := range 1 + r.IntN(most) {
			if i > 0 {
				b.WriteByte('/')
			}
			b.WriteString(words[r.IntN(len(words))])
		}
		return b.String()
	}
	for range trees {
		lines := []string{"a/b/c/", "b/a/", "c/"}
		for range 25 {
			switch r.IntN(4) {
			case 0:
				lines = append(lines, path(4)+"/")
			case 1:
				lines = append(lines, path(3)+"/f")
			default:
				lines = append(lines, path(3)+" -> "+path(5))
			}
		}
		tree := makeTree(t, lines...)
		for range walks {
			compareWalks(t, tree, path(8))
		}
	}
}
