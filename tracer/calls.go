package tracer

// The columns of numbers in the table of calls.
const (
	onAMD64 = iota
	on386
	onARM64
	onARM
	columns
)

// The places of arguments that are none: cwd stands for the working directory
// where another call has a descriptor, none for what a call does not have.
const (
	cwd  = -1
	none = -2
)

// A call says what a system call does with the names among its arguments.
type call struct {
	name string
	nr   [columns]int // -1 where an architecture lacks it
	do   func(*recorder, *event) verdict
	op   Op
	// dir and path are the places of a name's arguments, toDir and toPath
	// those of a second name, and flags that of its AT_ or O_ flags.
	dir, path     int
	toDir, toPath int
	flags         int
	nofollow      bool // a link at the end is followed only with AT_SYMLINK_FOLLOW
	when          condition
	opens         bool // opens a file, by its flags to change it
	alters        bool // changes what names lead to, or what can be seen
}

// A condition is what the filter demands of one argument, of its low half,
// before it stops a task. The zero value demands nothing.
type condition struct {
	arg   int
	bits  uint32   // any of these is set
	given bool     // it is not 0 in its whole width
	among []uint32 // it is one of these
}

func (c condition) empty() bool { return c.bits == 0 && !c.given && len(c.among) == 0 }

// at describes a call with one name.
func at(op Op, dir, path, flags int) call {
	return call{op: op, dir: dir, path: path, flags: flags, toDir: none, toPath: none}
}

// atLink describes a call that does not follow a link at the end of its name.
func atLink(op Op, dir, path int) call {
	c := at(op, dir, path, none)
	c.nofollow = true
	return c
}

// two describes a call with two names.
func two(dir, path, toDir, toPath, flags int) call {
	return call{dir: dir, path: path, toDir: toDir, toPath: toPath, flags: flags, nofollow: true}
}

// fd describes a call on a descriptor, or without any file where arg is none.
func fd(op Op, arg int) call { return at(op, arg, none, none) }

func (c call) flagged(arg int) call { c.flags = arg; return c }

func (c call) given(arg int) call { c.when = condition{arg: arg, given: true}; return c }

func (c call) any(arg int, bits uint32) call { c.when = condition{arg: arg, bits: bits}; return c }

func (c call) only(arg int, values ...uint32) call {
	c.when = condition{arg: arg, among: values}
	return c
}

func (c call) altering() call { c.alters = true; return c }

func (c call) opening() call { c.opens = true; return c }

func (c call) named(name string, amd64, i386, arm64, arm int, do func(*recorder, *event) verdict) call {
	c.name, c.nr, c.do = name, [columns]int{amd64, i386, arm64, arm}, do
	return c
}

// calls are the system calls that name or yield files, those that change how
// names are looked up, and those by which a task could escape notice. A test
// compares the numbers with the kernel's headers.
var calls = []call{
	// Opening.
	at(Open, cwd, 0, 1).opening().named("open", 2, 5, -1, 5, (*recorder).open),
	at(Create, cwd, 0, none).named("creat", 85, 8, -1, 8, (*recorder).open),
	at(Open, 0, 1, 2).opening().named("openat", 257, 295, 56, 322, (*recorder).open),
	at(Open, 0, 1, none).opening().named("openat2", 437, 437, 437, 437, (*recorder).openat2),
	fd(Open, 0).named("open_by_handle_at", 304, 342, 265, 371, (*recorder).openHandle),
	at(Open, cwd, 0, none).named("uselib", 134, 86, -1, 86, (*recorder).look),

	// Executing.
	at(Exec, cwd, 0, none).named("execve", 59, 11, 221, 11, (*recorder).exec),
	at(Exec, 0, 1, 4).named("execveat", 322, 358, 281, 387, (*recorder).exec),

	// Looking.
	at(Stat, cwd, 0, none).named("stat", 4, 106, -1, 106, (*recorder).look),
	atLink(Stat, cwd, 0).named("lstat", 6, 107, -1, 107, (*recorder).look),
	at(Stat, 0, 1, 3).named("newfstatat", 262, -1, 79, -1, (*recorder).look),
	at(Stat, 0, 1, 3).named("fstatat64", -1, 300, -1, 327, (*recorder).look),
	at(Stat, 0, 1, 2).named("statx", 332, 383, 291, 397, (*recorder).look),
	at(Stat, cwd, 0, none).named("oldstat", -1, 18, -1, -1, (*recorder).look),
	atLink(Stat, cwd, 0).named("oldlstat", -1, 84, -1, -1, (*recorder).look),
	at(Stat, cwd, 0, none).named("stat64", -1, 195, -1, 195, (*recorder).look),
	atLink(Stat, cwd, 0).named("lstat64", -1, 196, -1, 196, (*recorder).look),
	at(Stat, cwd, 0, none).named("access", 21, 33, -1, 33, (*recorder).look),
	at(Stat, 0, 1, none).named("faccessat", 269, 307, 48, 334, (*recorder).look),
	at(Stat, 0, 1, 3).named("faccessat2", 439, 439, 439, 439, (*recorder).look),
	atLink(Readlink, cwd, 0).named("readlink", 89, 85, -1, 85, (*recorder).look),
	atLink(Readlink, 0, 1).named("readlinkat", 267, 305, 78, 332, (*recorder).look),
	at(Stat, cwd, 0, none).named("statfs", 137, 99, 43, 99, (*recorder).look),
	at(Stat, cwd, 0, none).named("statfs64", -1, 268, -1, 266, (*recorder).look),
	at(Stat, 0, 1, 4).named("file_getattr", 468, 468, 468, 468, (*recorder).look),
	atLink(Stat, 0, 1).flagged(4).named("name_to_handle_at", 303, 341, 264, 370, (*recorder).look),
	at(Stat, cwd, 0, none).named("getxattr", 191, 229, 8, 229, (*recorder).look),
	atLink(Stat, cwd, 0).named("lgetxattr", 192, 230, 9, 230, (*recorder).look),
	at(Stat, cwd, 0, none).named("listxattr", 194, 232, 11, 232, (*recorder).look),
	atLink(Stat, cwd, 0).named("llistxattr", 195, 233, 12, 233, (*recorder).look),
	at(Stat, 0, 1, 2).named("getxattrat", 464, 464, 464, 464, (*recorder).look),
	at(Stat, 0, 1, 2).named("listxattrat", 465, 465, 465, 465, (*recorder).look),
	at(Stat, cwd, 1, 2).named("inotify_add_watch", 254, 292, 27, 317, (*recorder).watch),
	at(Stat, 3, 4, 1).named("fanotify_mark", 301, 339, 263, 368, (*recorder).fanotify),
	at(Modify, cwd, 0, none).named("acct", 163, 51, 89, 51, (*recorder).change),
	at(Stat, cwd, 0, none).named("swapon", 167, 87, 224, 87, (*recorder).look),
	at(Stat, cwd, 0, none).named("swapoff", 168, 115, 225, 115, (*recorder).look),
	at(Stat, cwd, 1, none).named("quotactl", 179, 131, 60, 131, (*recorder).look),
	at(Stat, 0, 1, none).named("fspick", 433, 433, 433, 433, (*recorder).look),

	// Listing.
	fd(List, 0).named("getdents", 78, 141, -1, 141, (*recorder).list),
	fd(List, 0).named("getdents64", 217, 220, 61, 217, (*recorder).list),
	fd(List, 0).named("readdir", -1, 89, -1, -1, (*recorder).list),

	// The view.
	at(Stat, cwd, 0, none).altering().named("chdir", 80, 12, 49, 12, (*recorder).chdir),
	fd(Stat, 0).named("fchdir", 81, 133, 50, 133, (*recorder).fchdir),
	at(Stat, cwd, 0, none).altering().named("chroot", 161, 61, 51, 61, (*recorder).chroot),
	at(Stat, cwd, 0, none).altering().named("pivot_root", 155, 217, 41, 218, (*recorder).pivotRoot),
	at(Stat, cwd, 1, none).altering().named("mount", 165, 21, 40, 21, (*recorder).mount),
	at(Stat, cwd, 0, none).altering().named("umount", -1, 22, -1, -1, (*recorder).remount),
	at(Stat, cwd, 0, none).altering().named("umount2", 166, 52, 39, 52, (*recorder).remount),
	at(Stat, 0, 1, none).named("open_tree", 428, 428, 428, 428, (*recorder).remount),
	at(Stat, 0, 1, none).altering().named("open_tree_attr", 467, 467, 467, 467, (*recorder).remount),
	two(0, 1, 2, 3, none).altering().named("move_mount", 429, 429, 429, 429, (*recorder).moveMount),
	at(Open, cwd, 3, none).named("fsconfig", 431, 431, 431, 431, (*recorder).fsconfig),
	at(Stat, 0, 1, none).altering().named("mount_setattr", 442, 442, 442, 442, (*recorder).remount),
	fd(Stat, 0).named("setns", 308, 346, 268, 375, (*recorder).setns),
	fd(Stat, none).named("unshare", 272, 310, 97, 337, (*recorder).unshare),

	// Changing.
	two(cwd, 0, cwd, 1, none).named("rename", 82, 38, -1, 38, (*recorder).rename),
	two(0, 1, 2, 3, none).named("renameat", 264, 302, 38, 329, (*recorder).rename),
	two(0, 1, 2, 3, 4).named("renameat2", 316, 353, 276, 382, (*recorder).rename),
	two(cwd, 0, cwd, 1, none).named("link", 86, 9, -1, 9, (*recorder).link),
	two(0, 1, 2, 3, 4).named("linkat", 265, 303, 37, 330, (*recorder).link),
	atLink(Create, cwd, 1).named("symlink", 88, 83, -1, 83, (*recorder).make),
	atLink(Create, 1, 2).named("symlinkat", 266, 304, 36, 331, (*recorder).make),
	atLink(Create, cwd, 0).named("mkdir", 83, 39, -1, 39, (*recorder).make),
	atLink(Create, 0, 1).named("mkdirat", 258, 296, 34, 323, (*recorder).make),
	atLink(Create, cwd, 0).named("mknod", 133, 14, -1, 14, (*recorder).make),
	atLink(Create, 0, 1).named("mknodat", 259, 297, 33, 324, (*recorder).make),
	atLink(Remove, cwd, 0).named("unlink", 87, 10, -1, 10, (*recorder).remove),
	atLink(Remove, cwd, 0).named("rmdir", 84, 40, -1, 40, (*recorder).remove),
	atLink(Remove, 0, 1).named("unlinkat", 263, 301, 35, 328, (*recorder).remove),
	at(Modify, cwd, 0, none).named("truncate", 76, 92, 45, 92, (*recorder).change),
	at(Modify, cwd, 0, none).named("truncate64", -1, 193, -1, 193, (*recorder).change),
	at(Change, cwd, 0, none).named("chmod", 90, 15, -1, 15, (*recorder).change),
	fd(Change, 0).named("fchmod", 91, 94, 52, 94, (*recorder).changeFD),
	at(Change, 0, 1, none).named("fchmodat", 268, 306, 53, 333, (*recorder).change),
	at(Change, 0, 1, 3).named("fchmodat2", 452, 452, 452, 452, (*recorder).change),
	at(Change, cwd, 0, none).named("chown", 92, 182, -1, 182, (*recorder).change),
	atLink(Change, cwd, 0).named("lchown", 94, 16, -1, 16, (*recorder).change),
	fd(Change, 0).named("fchown", 93, 95, 55, 95, (*recorder).changeFD),
	at(Change, cwd, 0, none).named("chown32", -1, 212, -1, 212, (*recorder).change),
	atLink(Change, cwd, 0).named("lchown32", -1, 198, -1, 198, (*recorder).change),
	fd(Change, 0).named("fchown32", -1, 207, -1, 207, (*recorder).changeFD),
	at(Change, 0, 1, 4).named("fchownat", 260, 298, 54, 325, (*recorder).change),
	at(Change, cwd, 0, none).named("utime", 132, 30, -1, -1, (*recorder).change),
	at(Change, cwd, 0, none).named("utimes", 235, 271, -1, 269, (*recorder).change),
	at(Change, 0, 1, none).named("futimesat", 261, 299, -1, 326, (*recorder).change),
	at(Change, 0, 1, 3).named("utimensat", 280, 320, 88, 348, (*recorder).change),
	at(Change, 0, 1, 3).named("utimensat_time64", -1, 412, -1, 412, (*recorder).change),
	at(Change, cwd, 0, none).named("setxattr", 188, 226, 5, 226, (*recorder).change),
	atLink(Change, cwd, 0).named("lsetxattr", 189, 227, 6, 227, (*recorder).change),
	fd(Change, 0).named("fsetxattr", 190, 228, 7, 228, (*recorder).changeFD),
	at(Change, cwd, 0, none).named("removexattr", 197, 235, 14, 235, (*recorder).change),
	atLink(Change, cwd, 0).named("lremovexattr", 198, 236, 15, 236, (*recorder).change),
	fd(Change, 0).named("fremovexattr", 199, 237, 16, 237, (*recorder).changeFD),
	at(Change, 0, 1, 2).named("setxattrat", 463, 463, 463, 463, (*recorder).change),
	at(Change, 0, 1, 2).named("removexattrat", 466, 466, 466, 466, (*recorder).change),
	at(Change, 0, 1, 4).named("file_setattr", 469, 469, 469, 469, (*recorder).change),

	// Sockets: the path is in the address.
	at(Connect, cwd, 1, none).named("connect", 42, 362, 203, 283, (*recorder).connect),
	at(Create, cwd, 1, none).named("bind", 49, 361, 200, 282, (*recorder).bind),
	at(Connect, cwd, 4, none).given(4).named("sendto", 44, 369, 206, 290, (*recorder).connect),
	at(Connect, cwd, 1, none).altering().named("socketcall", -1, 102, -1, -1, (*recorder).socketcall),
	at(Stat, cwd, 1, none).only(0, bpfObjPin, bpfObjGet).named("bpf", 321, 357, 280, 386, (*recorder).bpf),

	// What could hide something.
	fd(Open, none).altering().named("io_uring_setup", 425, 425, 425, 425, (*recorder).ioUring),
	fd(Open, none).only(0, seccompSetModeFilter).altering().named("seccomp", 317, 354, 277, 383, (*recorder).seccomp),
	fd(Open, none).only(0, prSetSeccomp, prSetDumpable).altering().named("prctl", 157, 172, 167, 172, (*recorder).prctl),
	fd(Open, none).named("sched_setaffinity", 203, 241, 122, 241, (*recorder).affinity),
	fd(Open, none).named("sched_getaffinity", 204, 242, 123, 242, (*recorder).affinity),
	fd(Open, none).altering().named("ptrace", 101, 26, 117, 26, (*recorder).ptrace),
	fd(Open, none).any(0, cloneUntraced|cloneNewNS).named("clone", 56, 120, 220, 120, (*recorder).clone),
	fd(Open, none).named("clone3", 435, 435, 435, 435, (*recorder).clone3),
}
