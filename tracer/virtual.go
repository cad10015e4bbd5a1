package tracer

import (
	"bufio"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// devices tells what kind of file system lies behind a device number.
type devices struct {
	proc map[uint64]bool
	// made says of each whether the kernel makes up what is in it.
	made map[uint64]bool
}

// madeUp are the types of file systems whose files the kernel makes up
// (include/uapi/linux/magic.h and the sources of those not there).
var madeUp = []int64{
	unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC, unix.CGROUP_SUPER_MAGIC,
	unix.CGROUP2_SUPER_MAGIC, unix.DEBUGFS_MAGIC, unix.TRACEFS_MAGIC, unix.SECURITYFS_MAGIC,
	unix.SELINUX_MAGIC, unix.SMACK_MAGIC, unix.BPF_FS_MAGIC, unix.PSTOREFS_MAGIC, unix.EFIVARFS_MAGIC,
	unix.HUGETLBFS_MAGIC, unix.BINFMTFS_MAGIC, unix.NSFS_MAGIC, unix.PIPEFS_MAGIC, unix.SOCKFS_MAGIC,
	unix.ANON_INODE_FS_MAGIC, unix.AAFS_MAGIC, unix.XENFS_SUPER_MAGIC,
	0x7655821,  // resctrl
	0x19800202, // mqueue
	0x62656570, // configfs
	0x65735543, // fusectl
}

// readDevices finds the file systems that are mounted as /dev: devtmpfs has the
// type of a tmpfs, and in a container it is one.
func readDevices() devices {
	d := devices{proc: map[uint64]bool{}, made: map[uint64]bool{}}
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return d
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		i := slices.Index(fields, "-")
		if i < 6 || i+1 >= len(fields) {
			continue
		}
		if fields[i+1] == "devtmpfs" || fields[4] == "/dev" && fields[i+1] == "tmpfs" {
			d.add(fields[4])
		}
	}
	return d
}

func (d *devices) add(mountPoint string) {
	var st unix.Stat_t
	if unix.Lstat(mountPoint, &st) == nil {
		d.made[st.Dev] = true
	}
}

// learn finds out about the device of a file, if it is new.
func (d *devices) learn(dev uint64, host string) {
	if _, known := d.made[dev]; known {
		return
	}
	var fs unix.Statfs_t
	if unix.Statfs(host, &fs) != nil {
		return
	}
	d.made[dev] = slices.Contains(madeUp, int64(fs.Type))
	d.proc[dev] = int64(fs.Type) == unix.PROC_SUPER_MAGIC
}

// stat makes sure that n's state is known. What the kernel makes up in proc is
// never remembered: it is different for each process and at any time.
func (r *recorder) stat(t *names, n *node) unix.Errno {
	if n.epoch == t.epoch && n.pending == 0 {
		return n.errno
	}
	if r.isProc(t, n) {
		n.first = present // it comes and goes, which is no work of the run
	}
	errno := t.look(n)
	switch {
	case errno == 0 && !n.is(unix.S_IFLNK):
		r.devices.learn(n.inode.dev, t.host(n))
	case r.isProc(t, n):
		n.epoch = 0
		return errno
	}
	if r.devices.proc[n.inode.dev] && errno == 0 {
		n.epoch = 0
	}
	return errno
}

// isProc tells whether the directory of n is one of proc.
func (r *recorder) isProc(t *names, n *node) bool {
	return n.parent.errno == 0 && r.devices.proc[n.parent.inode.dev]
}

// isVirtual tells whether n, which was looked at, lies in a file system that
// the kernel makes up, or would if it were there, or is a device.
func (r *recorder) isVirtual(n *node) bool {
	for n.errno != 0 && n != n.parent {
		n = n.parent
	}
	return isDevice(n.mode) || r.devices.made[n.inode.dev]
}

func isDevice(mode uint32) bool {
	format := mode & unix.S_IFMT
	return format == unix.S_IFCHR || format == unix.S_IFBLK
}
