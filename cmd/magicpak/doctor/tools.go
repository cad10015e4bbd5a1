package doctor

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// tool returns a check for a program that magicpak calls.
func tool(name func(*Tools) string) func(*Tools) (State, string) {
	return func(t *Tools) (State, string) {
		path, err := lookUp(name(t))
		if err != nil {
			return Missing, err.Error()
		}
		return Works, path
	}
}

// lookUp finds a program by path or name; words after it, as in CC, do not count.
func lookUp(name string) (string, error) {
	name, _, _ = strings.Cut(name, " ")
	path, err := exec.LookPath(name)
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		return "", fmt.Errorf("%s: %w", name, lookup.Err)
	}
	return path, err
}

// busybox wants a static one: the bundle that is tested need not have the
// libraries of another.
func busybox(t *Tools) (State, string) {
	path, err := lookUp(t.Busybox)
	if err != nil {
		return Missing, err.Error()
	}
	f, err := elf.Open(path)
	if err != nil {
		return Missing, path + ": " + err.Error()
	}
	defer f.Close()
	if slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return Missing, path + " is not static"
	}
	return Works, path + ", static"
}

// magics name file systems (statfs(2)).
var magics = map[int64]string{
	unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs",
	unix.OVERLAYFS_SUPER_MAGIC: "overlayfs", unix.TMPFS_MAGIC: "tmpfs", unix.FUSE_SUPER_MAGIC: "FUSE",
	unix.F2FS_SUPER_MAGIC: "f2fs", unix.NFS_SUPER_MAGIC: "NFS", 0x2fc12fc1: "zfs",
}

// fileSystems tells where files come from, go to and are put aside. A FUSE file
// system may refuse what others do: device nodes, attributes, holes.
func fileSystems(*Tools) (State, string) {
	var list []string
	for _, dir := range []struct{ what, path string }{{"/", "/"}, {"the working directory", "."}, {os.TempDir(), os.TempDir()}} {
		var st unix.Statfs_t
		if err := unix.Statfs(dir.path, &st); err != nil {
			list = append(list, dir.what+": "+err.Error())
			continue
		}
		name := magics[int64(st.Type)]
		if name == "" {
			name = fmt.Sprintf("type %#x", st.Type)
		}
		list = append(list, fmt.Sprintf("%s is %s", dir.what, name))
	}
	return Fact, strings.Join(list, ", ")
}
