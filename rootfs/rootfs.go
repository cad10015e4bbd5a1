// Package rootfs walks paths inside a root directory as the kernel does for a
// process whose root that directory is (path_resolution(7), chroot(2)).
//
// A path is walked component by component and never cleaned lexically, because
// "link/.." is the parent of what the link leads to. An absolute link starts
// again at the root, ".." at the root stays there, so a walk never leaves it.
// os.Root is no help here: it refuses the absolute links that every root file
// system holds.
//
// What is walked is a [Tree]: a directory of this machine ([Dir]), or a root
// that exists only as a plan, such as a bundle that is not written yet.
// Names are bytes in Go strings; nothing requires them to be UTF-8.
package rootfs

import (
	"io"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// A Tree is one root directory. The paths that it is given are absolute
// and walked already: none but the last component is a symbolic link, and there
// is no "." or "..". Errors are [*fs.PathError] holding a [unix.Errno].
type Tree interface {
	// Lstat describes the file itself, a symbolic link included.
	Lstat(path string) (unix.Stat_t, error)
	// Readlink returns the text of the symbolic link at path.
	Readlink(path string) (string, error)
	// Open opens the file at path for reading. It neither follows a link
	// there nor waits for a FIFO's writer.
	Open(path string) (File, error)
	// ReadDir lists the names in the directory at path, sorted as bytes.
	ReadDir(path string) ([]string, error)
}

// A File is open for reading.
type File interface {
	io.ReaderAt
	io.Closer
}

// Dir is the Tree of a directory of this machine; "/" is the machine itself.
type Dir string

// host returns where p, a path inside d, is on this machine.
func (d Dir) host(p string) string {
	if d == "/" {
		return p
	}
	return path.Join(string(d), p)
}

// Lstat implements [Tree].
func (d Dir) Lstat(p string) (unix.Stat_t, error) {
	var st unix.Stat_t
	if err := retry(func() error { return unix.Lstat(d.host(p), &st) }); err != nil {
		return st, &fs.PathError{Op: "lstat", Path: p, Err: err}
	}
	return st, nil
}

// Readlink implements [Tree].
func (d Dir) Readlink(p string) (string, error) {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlink(d.host(p), buf)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: p, Err: err}
	}
	return string(buf[:n]), nil
}

// Open implements [Tree]. The returned File is an [*os.File].
func (d Dir) Open(p string) (File, error) {
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	var fd int
	err := retry(func() (err error) {
		fd, err = unix.Open(d.host(p), flags, 0)
		return err
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	return os.NewFile(uintptr(fd), p), nil
}

// ReadDir implements [Tree].
func (d Dir) ReadDir(p string) ([]string, error) {
	entries, err := os.ReadDir(d.host(p))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

// Head reads the first bytes of the file at a walked path into b and returns how
// many there were. It costs less than [Dir.Open].
func (d Dir) Head(p string, b []byte) (n int, err error) {
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	var fd int
	err = retry(func() (err error) { fd, err = unix.Open(d.host(p), flags, 0); return err })
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: p, Err: err}
	}
	defer unix.Close(fd)
	err = retry(func() (err error) { n, err = unix.Pread(fd, b, 0); return err })
	if err != nil {
		return 0, &fs.PathError{Op: "read", Path: p, Err: err}
	}
	return n, nil
}

// Statfs describes the file system that p, a walked path, is in.
func (d Dir) Statfs(p string) (unix.Statfs_t, error) {
	var st unix.Statfs_t
	if err := retry(func() error { return unix.Statfs(d.host(p), &st) }); err != nil {
		return st, &fs.PathError{Op: "statfs", Path: p, Err: err}
	}
	return st, nil
}

// retry calls f until it is not interrupted by a signal.
func retry(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
