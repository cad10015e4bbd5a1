package bundler

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

const nobody = 65534

// asNobody runs f in a thread of its own that is another user.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and the thread ends with the goroutine
		for _, call := range [][4]uintptr{
			{unix.SYS_SETGROUPS}, {unix.SYS_SETRESGID, nobody, nobody, nobody}, {unix.SYS_SETRESUID, nobody, nobody, nobody},
		} {
			if _, _, errno := unix.RawSyscall(call[0], call[1], call[2], call[3]); errno != 0 {
				t.Errorf("become nobody: %v", errno)
				return
			}
		}
		f()
	}()
	<-done
}

// commonFolder makes a temporary folder that everyone may enter.
func commonFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	return dir
}

// modest makes a root of root's that others may read.
func modest(t *testing.T) rootfs.Dir {
	t.Helper()
	root := commonFolder(t)
	at := func(p string) string { return filepath.Join(root, p) }
	for _, dir := range []string{"bin", "etc", "closed/deep"} {
		must(t, os.MkdirAll(at(dir), 0o755))
	}
	for p, mode := range map[string]uint32{"bin/setuid": 0o4755, "bin/capable": 0o755, "etc/f": 0o644, "closed/deep/f": 0o444} {
		must(t, os.WriteFile(at(p), []byte(p), 0o600))
		must(t, unix.Chmod(at(p), mode))
	}
	must(t, unix.Setxattr(at("bin/capable"), "security.capability", []byte(capability), 0))
	must(t, os.Symlink("f", at("etc/link")))
	must(t, unix.Chmod(at("closed/deep"), 0o555))
	must(t, unix.Chmod(at("closed"), 0o555))
	return rootfs.Dir(root)
}

// Another user than root gets a bundle that lacks only what he may not give,
// which the report names.
func TestWriteAsNobody(t *testing.T) {
	source := modest(t)
	want := snapshot(t, string(source))
	for p, line := range want {
		line = strings.Replace(line, " 0:0 ", " 65534:65534 ", 1)
		line, _, _ = strings.Cut(line, " security.capability")
		want[p] = line
	}
	owned, filled := commonFolder(t), commonFolder(t)
	must(t, os.Chown(owned, nobody, nobody))
	must(t, os.Mkdir(filepath.Join(filled, "out"), 0o755))
	must(t, os.Chown(filepath.Join(filled, "out"), nobody, nobody))
	for _, dir := range []string{owned, filled} {
		asNobody(t, func() {
			m := newManifest(t, source)
			_, err := m.Include("/")
			must(t, err)
			report, err := Write(context.Background(), m, filepath.Join(dir, "out"), Options{oneByOne: true})
			if err != nil {
				t.Error(err)
				return
			}
			if !slices.Equal(report.NoOwner, paths(m)) || !slices.Equal(report.NoXattr, []string{"/bin/capable"}) {
				t.Errorf("report %+v", report)
			}
			if dir == filled {
				_, err := Write(context.Background(), m, filepath.Join(dir, "missing"), Options{})
				var refused *OutputError
				if !errors.As(err, &refused) {
					t.Errorf("%v, want that the folder is not writable", err)
				}
			}
		})
		for _, d := range differences(snapshot(t, filepath.Join(dir, "out")), want) {
			t.Error(d)
		}
		if names, _ := os.ReadDir(dir); len(names) != 1 {
			t.Errorf("%s holds %d names, want out alone", dir, len(names))
		}
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
