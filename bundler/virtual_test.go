package bundler

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// Virtual file systems, special files and the work folders of other runs stay
// out of what a folder brings, with a note each; a path that names one special
// file brings it.
func TestIncludeLeavesOut(t *testing.T) {
	root := t.TempDir()
	at := func(p string) string { return filepath.Join(root, p) }
	for _, dir := range []string{"proc", "sys", "dev", "etc", ".out.magicpak-0123456789abcdef/usr"} {
		must(t, os.MkdirAll(at(dir), 0o755))
	}
	mountOn(t, "proc", at("proc"), "proc", 0)
	mountOn(t, "sysfs", at("sys"), "sysfs", 0)
	mountOn(t, "tmpfs", at("dev"), "tmpfs", 0)
	must(t, unix.Mknod(at("dev/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
	must(t, unix.Mkfifo(at("etc/fifo"), 0o600))
	must(t, unix.Mkfifo(at("etc/named"), 0o600))
	must(t, os.Symlink("../proc/self/mounts", at("etc/mtab")))
	must(t, os.Symlink("fifo", at("etc/tofifo")))
	listen, err := net.Listen("unix", at("etc/socket"))
	must(t, err)
	defer listen.Close()

	m := newManifest(t, rootfs.Dir(root))
	for _, glob := range []string{"/", "/etc/named", "/etc/fif*"} {
		_, err := m.Include(glob)
		must(t, err)
	}
	want := []string{"/", "/dev", "/etc", "/etc/mtab", "/etc/named", "/etc/tofifo", "/proc", "/sys"}
	if got := paths(m); !slices.Equal(got, want) {
		t.Errorf("entries %q\nwant %q", got, want)
	}
	var noted []string
	for _, n := range m.Notes() {
		noted = append(noted, n.Path+" "+strings.Join(strings.Fields(n.Reason)[:5], " "))
	}
	slices.Sort(noted)
	wantNotes := []string{
		"/.out.magicpak-0123456789abcdef left out: the work folder",
		"/dev left out: files in devtmpfs",
		"/etc/fifo special file left out; --include",
		"/etc/socket special file left out; --include",
		"/proc left out: files in proc",
		"/sys left out: files in sysfs",
	}
	if !slices.Equal(noted, wantNotes) {
		t.Errorf("notes %q\nwant %q", noted, wantNotes)
	}
}
