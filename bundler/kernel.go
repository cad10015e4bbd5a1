package bundler

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A kernel makes the system calls of the writer. All go through [kernel.call],
// so that a test can let any of them fail. Errors name the operation and hold a
// [unix.Errno]; the caller adds the path. A path that a method takes is for
// [kernel.fault] alone: calls use descriptors and single names, because a path
// of several names could lead elsewhere when one of them is replaced.
type kernel struct {
	fault func(op, path string) error // called before each; nil outside tests
}

// errShort, from fault, lets a call move one byte at most.
var errShort = errors.New("short")

// call makes one system call, again when a signal interrupts it.
func (k *kernel) call(op, path string, f func() error) error {
	_, err := k.move(op, path, 0, func(int) (int, error) { return 0, f() })
	return err
}

// move makes a system call that moves up to n bytes.
func (k *kernel) move(op, path string, n int, f func(n int) (int, error)) (int, error) {
	if k.fault != nil {
		switch err := k.fault(op, path); err {
		case nil:
		case errShort:
			n = min(n, 1)
		default:
			return 0, fmt.Errorf("%s: %w", op, err)
		}
	}
	for {
		switch done, err := f(n); err {
		case nil:
			return done, nil
		case unix.EINTR:
		default:
			return 0, fmt.Errorf("%s: %w", op, err)
		}
	}
}

func (k *kernel) open(dir int, name string, flags int, mode uint32, path string) (fd int, err error) {
	op := "open"
	if flags&unix.O_CREAT != 0 {
		op = "create"
	}
	err = k.call(op, path, func() (err error) {
		fd, err = unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_CLOEXEC, mode)
		return err
	})
	return fd, err
}

// close closes what was opened for reading, which cannot fail.
func (k *kernel) close(fd int) { unix.Close(fd) }

// closeWritten closes a file; some file systems tell only now that it could not
// be written. The descriptor is closed in any case.
func (k *kernel) closeWritten(fd int, path string) error {
	err := unix.Close(fd)
	if err == unix.EINTR { // it is closed all the same, says close(2)
		err = nil
	}
	return k.call("close", path, func() error { return err })
}

func (k *kernel) stat(fd int, st *unix.Stat_t, path string) error {
	return k.call("fstat", path, func() error { return unix.Fstat(fd, st) })
}

func (k *kernel) lstat(dir int, name string, st *unix.Stat_t, path string) error {
	return k.call("lstat", path, func() error { return unix.Fstatat(dir, name, st, unix.AT_SYMLINK_NOFOLLOW) })
}

func (k *kernel) statx(fd int, st *unix.Statx_t, path string) error {
	return k.call("statx", path, func() error {
		return unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_MNT_ID, st)
	})
}

// isFUSE tells whether a folder is in a file system in user space.
func (k *kernel) isFUSE(d folder) (bool, error) {
	var st unix.Statfs_t
	err := k.call("statfs", d.path, func() error { return unix.Fstatfs(d.fd, &st) })
	return st.Type == unix.FUSE_SUPER_MAGIC, err
}

func (k *kernel) access(dir int, name string, mode uint32, path string) error {
	return k.call("access", path, func() error { return unix.Faccessat(dir, name, mode, unix.AT_EACCESS) })
}

func (k *kernel) mkdir(dir int, name string, mode uint32, path string) error {
	return k.call("make folder", path, func() error { return unix.Mkdirat(dir, name, mode) })
}

func (k *kernel) symlink(target string, dir int, name, path string) error {
	return k.call("make link", path, func() error { return unix.Symlinkat(target, dir, name) })
}

func (k *kernel) mknod(dir int, name string, mode uint32, dev uint64, path string) error {
	return k.call("make special file", path, func() error { return unix.Mknodat(dir, name, mode, int(dev)) })
}

func (k *kernel) link(from int, old string, dir int, name, path string) error {
	return k.call("make hard link", path, func() error { return unix.Linkat(from, old, dir, name, 0) })
}

func (k *kernel) rename(from int, old string, dir int, name string, flags uint, path string) error {
	return k.call("rename", path, func() error { return unix.Renameat2(from, old, dir, name, flags) })
}

// unlink removes a name; flags may be AT_REMOVEDIR.
func (k *kernel) unlink(dir int, name string, flags int, path string) error {
	return k.call("remove", path, func() error { return unix.Unlinkat(dir, name, flags) })
}

func (k *kernel) chown(fd int, uid, gid uint32, path string) error {
	return k.call("set owner", path, func() error {
		return unix.Fchownat(fd, "", int(uid), int(gid), unix.AT_EMPTY_PATH)
	})
}

func (k *kernel) chmod(fd int, mode uint32, path string) error {
	return k.call("set mode", path, func() error { return unix.Fchmod(fd, mode&0o7777) })
}

// chmodPath sets the mode of what fd is, also when it was opened with O_PATH.
func (k *kernel) chmodPath(fd int, mode uint32, path string) error {
	return k.call("set mode through /proc", path, func() error { return unix.Chmod(procFD(fd), mode&0o7777) })
}

// utimes sets the times of an open file: utimensat(2) without a path, which
// unix.UtimesNanoAt cannot say and which needs no /proc.
func (k *kernel) utimes(fd int, times [2]unix.Timespec, path string) error {
	return k.call("set time", path, func() error {
		_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times)), 0, 0, 0)
		if errno != 0 {
			return errno
		}
		return nil
	})
}

// utimesPath sets the times of what fd is, also when it was opened with O_PATH.
// Before Linux 5.8 utimensat knows no AT_EMPTY_PATH, and /proc must help.
func (k *kernel) utimesPath(fd int, times [2]unix.Timespec, path string) error {
	return k.call("set time", path, func() error {
		err := unix.UtimesNanoAt(fd, "", times[:], unix.AT_EMPTY_PATH)
		if err == unix.EINVAL {
			err = unix.UtimesNanoAt(unix.AT_FDCWD, procFD(fd), times[:], 0)
		}
		return err
	})
}

func (k *kernel) flock(fd int, path string) error {
	return k.call("lock", path, func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) })
}

func (k *kernel) syncfs(fd int, path string) error {
	return k.call("sync", path, func() error { return unix.Syncfs(fd) })
}

// fsync makes a file, or the names in a folder, last. Some file systems cannot.
func (k *kernel) fsync(fd int, path string) error {
	return k.call("sync", path, func() error {
		if err := unix.Fsync(fd); err != unix.EINVAL && err != unix.EBADF {
			return err
		}
		return nil
	})
}

// names calls f with each name in the folder that fd has open for reading,
// from its beginning.
func (k *kernel) names(fd int, path string, f func(name string) error) error {
	err := k.call("read folder", path, func() error {
		_, err := unix.Seek(fd, 0, unix.SEEK_SET)
		return err
	})
	buf := make([]byte, 8<<10)
	for err == nil {
		n := 0
		err = k.call("read folder", path, func() (err error) { n, err = unix.Getdents(fd, buf); return err })
		if err != nil || n == 0 {
			break
		}
		var list []string
		_, _, list = unix.ParseDirent(buf[:n], -1, nil)
		for _, name := range list {
			if err = f(name); err != nil {
				break
			}
		}
	}
	return err
}

func (k *kernel) pread(fd int, buf []byte, at int64, path string) (int, error) {
	return k.move("read", path, len(buf), func(n int) (int, error) { return unix.Pread(fd, buf[:n], at) })
}

func (k *kernel) pwrite(fd int, buf []byte, at int64, path string) (int, error) {
	return k.move("write", path, len(buf), func(n int) (int, error) { return unix.Pwrite(fd, buf[:n], at) })
}

func (k *kernel) copyRange(src, dst int, at int64, size int, path string) (int, error) {
	return k.move("copy", path, size, func(n int) (int, error) {
		in, out := at, at
		return unix.CopyFileRange(src, &in, dst, &out, n, 0)
	})
}

// writeOut has the kernel begin to write a part of a file to the disk.
func (k *kernel) writeOut(fd int, at, size int64, path string) error {
	return k.call("write out", path, func() error {
		return unix.SyncFileRange(fd, at, size, unix.SYNC_FILE_RANGE_WRITE)
	})
}

func (k *kernel) clone(src, dst int, path string) error {
	return k.call("clone", path, func() error { return unix.IoctlFileClone(dst, src) })
}

func (k *kernel) truncate(fd int, size int64, path string) error {
	return k.call("set size", path, func() error { return unix.Ftruncate(fd, size) })
}

func (k *kernel) seek(fd int, at int64, whence int, path string) (to int64, err error) {
	err = k.call("seek", path, func() (err error) { to, err = unix.Seek(fd, at, whence); return err })
	return to, err
}

// procFD is a path that leads to what fd is, a symbolic link included.
func procFD(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }
