package bundler

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// snapshot describes every file below root by its path: type, mode, owner,
// time, contents, target, device, extended attributes, and the first of its
// names if it has several.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	files, first := map[string]string{}, map[inode]string{}
	must(t, filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(p, &st); err != nil {
			return err
		}
		name := "/" + strings.TrimPrefix(strings.TrimPrefix(p, root), "/")
		line := fmt.Sprintf("%o %d:%d %d.%09d", st.Mode, st.Uid, st.Gid, st.Mtim.Sec, st.Mtim.Nsec)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			line += contents(t, p)
			id := inode{st.Dev, st.Ino}
			if _, ok := first[id]; !ok {
				first[id] = name
			}
			line += " is " + first[id]
		case unix.S_IFLNK:
			target, err := os.Readlink(p)
			must(t, err)
			line += " -> " + target
		case unix.S_IFCHR, unix.S_IFBLK:
			line += fmt.Sprintf(" dev %x", st.Rdev)
		}
		files[name] = line + attributes(t, p)
		return nil
	}))
	return files
}

func contents(t *testing.T, p string) string {
	t.Helper()
	b, err := os.ReadFile(p)
	must(t, err)
	return fmt.Sprintf(" %d %x", len(b), sha256.Sum256(b))
}

func attributes(t *testing.T, p string) string {
	t.Helper()
	buf := make([]byte, maxXattr)
	n, err := unix.Llistxattr(p, buf)
	if err == unix.EOPNOTSUPP {
		return ""
	}
	must(t, err)
	var list []string
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		if name != "" {
			value := make([]byte, maxXattr)
			size, err := unix.Lgetxattr(p, name, value)
			must(t, err)
			list = append(list, fmt.Sprintf(" %s=%x", name, value[:size]))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "")
}

// differences lists where two snapshots differ.
func differences(got, want map[string]string) []string {
	var list []string
	for p, line := range want {
		if got[p] != line {
			list = append(list, fmt.Sprintf("%q: %q\n  want %q", p, got[p], line))
		}
	}
	for p, line := range got {
		if _, ok := want[p]; !ok {
			list = append(list, fmt.Sprintf("%q: %q\n  want nothing", p, line))
		}
	}
	slices.Sort(list)
	return list
}

// An access control list for user 7 beside rwxr-x---, as the kernel keeps it
// (include/uapi/linux/posix_acl_xattr.h).
var accessList = "\x02\x00\x00\x00" +
	"\x01\x00\x07\x00\xff\xff\xff\xff" + "\x02\x00\x05\x00\x07\x00\x00\x00" +
	"\x04\x00\x05\x00\xff\xff\xff\xff" + "\x10\x00\x05\x00\xff\xff\xff\xff" +
	"\x20\x00\x00\x00\xff\xff\xff\xff"

// capability is cap_net_raw=ep (include/uapi/linux/capability.h, version 2).
const capability = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// everything makes a root that holds one of each thing that a bundle may hold.
func everything(t *testing.T) rootfs.Dir {
	t.Helper()
	root := t.TempDir()
	at := func(p string) string { return filepath.Join(root, p) }
	for _, dir := range []string{"bin", "dev", "etc/deep/er", "tmp", "closed", "empty"} {
		must(t, os.MkdirAll(at(dir), 0o755))
	}
	file := func(p, text string, mode os.FileMode, uid, gid int) {
		must(t, os.WriteFile(at(p), []byte(text), 0o600))
		must(t, os.Chown(at(p), uid, gid))
		must(t, unix.Chmod(at(p), uint32(mode)))
	}
	file("bin/setuid", "4", 0o4755, 0, 0)
	file("bin/setgid", "2", 0o2711, 5, 6)
	file("bin/capable", "c", 0o755, 0, 0)
	must(t, unix.Setxattr(at("bin/capable"), "security.capability", []byte(capability), 0))
	file("etc/plain", "plain", 0o644, 0, 0)
	file("etc/attributes", "a", 0o640, 1000, 1001)
	must(t, unix.Setxattr(at("etc/attributes"), "user.name", []byte("v\x00\xff"), 0))
	must(t, unix.Setxattr(at("etc/attributes"), "user.void", nil, 0))
	must(t, unix.Setxattr(at("etc/attributes"), "trusted.mine", []byte("t"), 0))
	file("etc/list", "l", 0o750, 0, 0)
	must(t, unix.Setxattr(at("etc/list"), "system.posix_acl_access", []byte(accessList), 0))
	must(t, unix.Setxattr(at("etc/deep"), "system.posix_acl_default", []byte(accessList), 0))
	file("etc/empty", "", 0, 3, 3)
	file("etc/\xff\n\\name", "bytes", 0o444, 0, 0)
	file("etc/large", strings.Repeat("0123456789abcdef", 20<<10), 0o644, 0, 0)
	must(t, os.Link(at("etc/plain"), at("etc/deep/er/link")))
	must(t, os.Link(at("etc/plain"), at("bin/again")))
	must(t, os.Symlink("../etc", at("bin/up")))
	must(t, os.Symlink("/etc/../../../etc/plain", at("bin/absolute")))
	must(t, os.Symlink("nowhere", at("bin/dangling")))
	must(t, os.Lchown(at("bin/up"), 8, 9))
	must(t, unix.Lsetxattr(at("bin/up"), "trusted.link", []byte("l"), 0))
	holes(t, at("etc/sparse"))
	must(t, unix.Mkfifo(at("dev/fifo"), 0o622))
	must(t, unix.Mknod(at("dev/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
	must(t, unix.Chmod(at("dev/null"), 0o666))
	must(t, unix.Chmod(at("tmp"), 0o1777))
	must(t, unix.Chmod(at("closed"), 0))
	must(t, os.Chown(at("closed"), 10, 11))
	must(t, unix.Setxattr(at("closed"), "user.folder", []byte("f"), 0))
	old := unix.Timespec{Sec: 1, Nsec: 999_999_999}
	must(t, filepath.WalkDir(root, func(p string, _ os.DirEntry, err error) error {
		old.Sec += 1e6
		return unix.UtimesNanoAt(unix.AT_FDCWD, p, []unix.Timespec{old, old}, unix.AT_SYMLINK_NOFOLLOW)
	}))
	return rootfs.Dir(root)
}

// holes makes a file that has a hole before, between and after its data.
func holes(t *testing.T, p string) {
	t.Helper()
	f, err := os.Create(p)
	must(t, err)
	for _, at := range []int64{1 << 20, 3 << 20} {
		_, err = f.WriteAt([]byte(strings.Repeat("data", 2<<10)), at)
		must(t, err)
	}
	must(t, f.Truncate(5<<20))
	must(t, f.Close())
}

// wholeManifest plans all that source has, special files included.
func wholeManifest(t *testing.T, source rootfs.Dir) *Manifest {
	t.Helper()
	m := newManifest(t, source)
	for _, p := range []string{"/", "/dev/fifo", "/dev/null"} {
		_, err := m.Include(p)
		must(t, err)
	}
	return m
}
