package bundler

import (
	"errors"
	"path"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// virtualTypes are file systems whose files the kernel makes up, by f_type of
// statfs(2) (include/uapi/linux/magic.h). A container has its own of those that
// it needs. A tmpfs and devtmpfs share a number; see [Manifest.virtual].
var virtualTypes = map[int64]string{
	unix.ANON_INODE_FS_MAGIC: "anon_inodefs",
	unix.AUTOFS_SUPER_MAGIC:  "autofs",
	unix.BINFMTFS_MAGIC:      "binfmt_misc",
	unix.BPF_FS_MAGIC:        "bpf",
	unix.CGROUP_SUPER_MAGIC:  "cgroup",
	unix.CGROUP2_SUPER_MAGIC: "cgroup2",
	unix.DEBUGFS_MAGIC:       "debugfs",
	unix.DEVPTS_SUPER_MAGIC:  "devpts",
	unix.EFIVARFS_MAGIC:      "efivarfs",
	unix.NSFS_MAGIC:          "nsfs",
	unix.PROC_SUPER_MAGIC:    "proc",
	unix.PSTOREFS_MAGIC:      "pstore",
	unix.SECURITYFS_MAGIC:    "securityfs",
	unix.SELINUX_MAGIC:       "selinuxfs",
	unix.SMACK_MAGIC:         "smackfs",
	unix.SYSFS_MAGIC:         "sysfs",
	unix.TRACEFS_MAGIC:       "tracefs",
	0x19800202:               "mqueue",   // ipc/mqueue.c
	0x62656570:               "configfs", // fs/configfs/mount.c
	0x65735543:               "fusectl",  // fs/fuse/control.c
}

// virtual returns the name of the file system at the walked path p, whose
// metadata is st, when that is a virtual one, else "". A /dev in memory is taken
// for one: devtmpfs, and what a container has instead.
func (m *Manifest) virtual(p string, st *unix.Stat_t) string {
	name, known := m.devices[st.Dev]
	if known {
		return name
	}
	source, ok := m.source.(rootfs.Dir)
	if !ok {
		return ""
	}
	fs, err := source.Statfs(p)
	if err != nil {
		return ""
	}
	name = virtualTypes[int64(fs.Type)]
	dev, err := source.Lstat("/dev")
	if fs.Type == unix.TMPFS_MAGIC && err == nil && dev.Dev == st.Dev {
		name = "devtmpfs"
	}
	m.devices[st.Dev] = name
	return name
}

const specialLeftOut = "special file left out; --include with its own path adds it"

// leftOut tells whether what is at a walk's end stays out of the bundle: in a
// virtual file system, or a special file that nothing named. It notes that.
func (m *Manifest) leftOut(p string, st *unix.Stat_t) bool {
	if fs := m.virtual(p, st); fs != "" {
		m.noteMount(p, st.Dev, fs)
		return true
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFLNK:
		return false
	}
	if m.entries[p] != nil {
		return false
	}
	m.note(p, specialLeftOut)
	return true
}

// noteMount notes, once for all that is in it, that the virtual file system with
// the device number dev, in which p lies, stays out.
func (m *Manifest) noteMount(p string, dev uint64, fs string) {
	for p != "/" {
		st, err := m.source.Lstat(path.Dir(p))
		if err != nil || st.Dev != dev {
			break
		}
		p = path.Dir(p)
	}
	m.note(p, "left out: files in "+fs+" are made up by the kernel, and a container has its own")
}

// gone tells whether err says that a file is not there any more.
func gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR)
}
