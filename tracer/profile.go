package tracer

import (
	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// An Op is what a process did with a path.
type Op string

// The operations that a profile tells apart.
const (
	Open     Op = "open"     // opened for reading, or to find others below it
	Stat     Op = "stat"     // looked at: stat, access, getxattr, statfs, ...
	Readlink Op = "readlink" // the link itself was read
	Exec     Op = "exec"
	List     Op = "list"    // a directory whose names were read
	Create   Op = "create"  // made: creat, mkdir, mknod, symlink, link, ...
	Modify   Op = "modify"  // opened for writing, or truncated
	Change   Op = "change"  // metadata: chmod, chown, utime, setxattr, ...
	Remove   Op = "remove"  // unlinked, or renamed away
	Replace  Op = "replace" // another file was renamed onto it
	Connect  Op = "connect" // an AF_UNIX socket
)

// A Process is who made an access.
type Process struct {
	PID     int             `json:"pid"`
	Program rootfs.ByteName `json:"program,omitempty"` // path of its executable in its root
}

// An Access is one path that was looked up, by one operation, with one result.
// Equal ones are counted together.
type Access struct {
	Op Op `json:"op"`
	// Path is the name that was looked up, absolute in the root of the
	// traced command and not walked: it may hold links and "..".
	Path rootfs.ByteName `json:"path"`
	// Links are the walked paths of the symbolic links that the walk passed
	// and of the directories that it left again by "..", and Object the walked
	// path where it ended: of the file that was found, or that would have
	// been. The walk was made before the call.
	Links  []rootfs.ByteName `json:"links,omitempty"`
	Object rootfs.ByteName   `json:"object,omitempty"`
	// Type is the S_IFMT part of the object's mode, 0 where there was none.
	Type uint32 `json:"type,omitempty"`
	// Virtual: the object lies in a file system that the kernel makes up
	// (proc, sysfs, devtmpfs, ...) or is a device.
	Virtual bool       `json:"virtual,omitempty"`
	Errno   unix.Errno `json:"errno,omitempty"` // 0 when it was found
	Count   int        `json:"count"`
	By      Process    `json:"by"` // who was first
	// First and Last are ordinals in the order of the whole run's accesses.
	First int `json:"first"`
	Last  int `json:"last"`
}

// A Before is what was at a walked path before the run changed it.
type Before struct {
	Path rootfs.ByteName `json:"path"`
	// Absent: nothing was there, so that what is there now was made by the
	// run. The rest is empty then.
	Absent bool            `json:"absent,omitempty"`
	Target rootfs.ByteName `json:"target,omitempty"` // of a symbolic link
	Stat   unix.Stat_t     `json:"-"`
	// Copy is a file on this machine that holds the earlier content of a
	// regular file, with its extended attributes. It is in Options.Scratch.
	// A profile that was read from a file has none.
	Copy string `json:"-"`
	// Lost says why the earlier content could not be kept.
	Lost string `json:"lost,omitempty"`
}

// A Profile is what was recorded of a run, or of several that were merged.
type Profile struct {
	Runs []Recording `json:"runs"`
	// Accesses are sorted by path, then operation, then result.
	Accesses []Access `json:"accesses"`
	// Before is sorted by path.
	Before []Before `json:"before,omitempty"`
}

// A Recording is one command that was recorded.
type Recording struct {
	Command []rootfs.ByteName `json:"command"`
	Dir     rootfs.ByteName   `json:"dir"`
	Backend string            `json:"backend"` // ptrace, ...
	Status  int               `json:"status"`  // exit status, or 128 + the signal that ended it
	Stopped bool              `json:"stopped,omitempty"`
	// First is the ordinal from which on accesses are this run's.
	First int `json:"first,omitempty"`
	// Incomplete says, a sentence each, what of the run could not be seen.
	// It is empty when everything was.
	Incomplete []string `json:"incomplete,omitempty"`
	// Remarks are facts about the run that a user should know and that take
	// nothing from its completeness: a set-user-ID program that gained
	// nothing, io_uring that was refused, mounts that were made.
	Remarks []string `json:"remarks,omitempty"`
}
