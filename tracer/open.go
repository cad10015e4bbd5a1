package tracer

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// oTmpfile is O_TMPFILE without the O_DIRECTORY in it.
const oTmpfile = unix.O_TMPFILE &^ unix.O_DIRECTORY

// openFlags are those that decide on what an open does.
const openFlags = unix.O_ACCMODE | unix.O_CREAT | unix.O_EXCL | unix.O_TRUNC |
	unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_PATH | oTmpfile

// open takes open, openat and creat.
func (r *recorder) open(e *event) verdict {
	flags := e.flags()
	if e.call.op == Create {
		flags = unix.O_CREAT | unix.O_WRONLY | unix.O_TRUNC
	}
	return r.opens(e, flags, 0)
}

// openat2 takes the call of that name, whose flags are in memory.
func (r *recorder) openat2(e *event) verdict {
	var how unix.OpenHow
	size := min(unsafe.Sizeof(how), uintptr(e.args[3]))
	if r.mem.read(e.t, e.args[2], (*[unsafe.Sizeof(how)]byte)(unsafe.Pointer(&how))[:size]) != nil {
		return goOn
	}
	return r.opens(e, how.Flags, uint8(how.Resolve))
}

func (r *recorder) opens(e *event, flags uint64, resolve uint8) verdict {
	c := e.call
	const exclusive = unix.O_CREAT | unix.O_EXCL
	follow := flags&unix.O_NOFOLLOW == 0 && flags&exclusive != exclusive
	a := r.ask(e, c.dir, c.path, how{c, follow, resolve, uint32(flags & openFlags)})
	switch {
	case a == nil:
		return goOn
	case a.record != nil:
		r.hit(a.record)
	default:
		op, errno := r.opening(a, flags)
		r.prepare(e.t, op, a, errno)
		r.note(e.t, op, a, errno)
	}
	return r.remember(e, a)
}

// remember has a call on a directory stopped at its end, where a descriptor or a
// root must be remembered.
func (r *recorder) remember(e *event, a *result) verdict {
	if !r.holds || !r.leaves || a.errno != 0 || a.mode&unix.S_IFMT != unix.S_IFDIR {
		return goOn
	}
	e.found = a.node
	return awaitExit
}

// prepare keeps what an operation that will not fail changes.
func (r *recorder) prepare(t *task, op Op, a *result, errno unix.Errno) {
	if errno != 0 || a.virtual {
		return
	}
	switch op {
	case Create:
		r.creates(t, a)
	case Modify:
		r.keep(a.names, a.node)
	case Change:
		r.keep(a.names, a.node)
		r.changes(t, a.node)
	}
}

// opening predicts what an open of what was found does, and how it fails.
func (r *recorder) opening(a *result, flags uint64) (Op, unix.Errno) {
	exclusive := flags&unix.O_CREAT != 0 && flags&unix.O_EXCL != 0
	switch {
	case flags&unix.O_PATH != 0:
		return Open, a.errno
	case flags&oTmpfile == oTmpfile:
		return Open, a.errno
	case a.errno == unix.ENOENT && a.last && flags&unix.O_CREAT != 0:
		return Create, 0
	case a.errno == unix.ENOENT && flags&unix.O_CREAT != 0:
		return Create, a.errno // the folder is not there
	case a.errno != 0:
		return Open, a.errno
	case exclusive:
		return Create, unix.EEXIST
	}
	op := Open
	if flags&unix.O_ACCMODE != unix.O_RDONLY || flags&unix.O_TRUNC != 0 {
		op = Modify
	}
	return op, r.refusal(a, op, flags)
}

// refusal predicts why an open of a file that is there fails.
func (r *recorder) refusal(a *result, op Op, flags uint64) unix.Errno {
	format := a.mode & unix.S_IFMT
	switch {
	case format == unix.S_IFLNK:
		return unix.ELOOP // with O_NOFOLLOW
	case flags&unix.O_DIRECTORY != 0 && format != unix.S_IFDIR:
		return unix.ENOTDIR
	case format == unix.S_IFDIR && (op == Modify || flags&unix.O_CREAT != 0):
		return unix.EISDIR
	case a.virtual || r.euid == 0:
		return 0
	}
	return r.forbidden(a, access[flags&unix.O_ACCMODE])
}

// access is what an open demands of the permissions, by its access mode.
var access = [4]uint32{unix.R_OK, unix.W_OK, unix.R_OK | unix.W_OK, unix.R_OK | unix.W_OK}

// forbidden tells whether this process, which is of the same user, may not.
func (r *recorder) forbidden(a *result, mode uint32) unix.Errno {
	err := unix.Faccessat(unix.AT_FDCWD, a.names.host(a.node), mode, unix.AT_EACCESS)
	if err == unix.EACCES {
		return unix.EACCES
	}
	return 0
}
