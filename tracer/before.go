package tracer

import (
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// keep puts aside what is at n, before the run changes it for the first time.
func (r *recorder) keep(t *names, n *node) {
	if n.is(unix.S_IFREG) {
		r.keepLinked(t, n)
	}
	r.keepOne(t, n)
}

// keepLinked keeps the other names of a file, one of which may be the run's.
func (r *recorder) keepLinked(t *names, n *node) {
	for _, other := range t.linked[n.inode] {
		if other.before != nil || other.first != present {
			continue
		}
		if b := r.sibling(t, other); b != nil {
			t.keep(other, b.named(other.path))
			continue
		}
		r.keepOne(t, other)
	}
}

// sibling returns what was kept of n by another of its names.
func (r *recorder) sibling(t *names, n *node) *Before {
	for _, other := range t.linked[n.inode] {
		if other.before != nil && !other.before.Absent {
			return other.before
		}
	}
	return nil
}

func (r *recorder) keepOne(t *names, n *node) {
	if n.before != nil || n.first != present || n.errno != 0 || isDevice(n.mode) || !r.isHere(t, n) {
		return
	}
	r.keepAs(t, n, n)
}

// keepMoved keeps what is at n, in a directory that the run has moved, for the
// name that it had before, and returns that.
func (r *recorder) keepMoved(t *names, n *node) *node {
	was := t.at(n.was)
	if was.before == nil {
		if n.parent.was != "" {
			r.keepMoved(t, n.parent)
		}
		was.first = present
		r.keepAs(t, was, n)
	}
	return was
}

// keepAs keeps what is at n for the name of was.
func (r *recorder) keepAs(t *names, was, n *node) {
	b := &Before{Path: rootfs.ByteName(was.path)}
	t.keep(was, b)
	if errno := lstat(t.host(n), &b.Stat); errno != 0 {
		b.Lost = errno.Error()
		return
	}
	switch n.mode & unix.S_IFMT {
	case unix.S_IFLNK:
		target, _ := t.readlink(n)
		b.Target = rootfs.ByteName(target)
	case unix.S_IFREG:
		r.keepContent(t.host(n), b)
	}
}

// keepDir keeps the metadata of a directory in which names change.
func (r *recorder) keepDir(t *names, n *node) {
	if r.stat(t, n) == 0 {
		r.keepOne(t, n)
	}
}

// keepTree keeps n and what was touched below it, as far as that is still as it
// was at the first touch.
func (r *recorder) keepTree(t *names, n *node) {
	r.keep(t, n)
	for _, k := range n.kids {
		if k.first == present && k.before == nil && r.stat(t, k) == 0 {
			r.keepTree(t, k)
		}
	}
}

// keepContent copies a regular file into the scratch directory.
func (r *recorder) keepContent(host string, b *Before) {
	if r.scratch == "" {
		b.Lost = "there was nowhere to keep it"
		return
	}
	r.copies++
	name := filepath.Join(r.scratch, "before-"+itoa(r.copies))
	if err := copyFile(host, name); err != nil {
		b.Lost = err.Error()
		return
	}
	b.Copy = name
}

// copyFile copies content and extended attributes, sharing blocks where the
// file system can.
func copyFile(from, to string) error {
	fd, err := unix.Open(from, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: from, Err: err}
	}
	src := os.NewFile(uintptr(fd), from)
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer dst.Close()
	if unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) != nil {
		if err := copyData(dst, src); err != nil {
			return err
		}
	}
	copyAttributes(dst, src)
	return dst.Close()
}

// copyData copies the parts of a file that are not holes.
func copyData(dst, src *os.File) error {
	info, err := src.Stat()
	if err != nil {
		return err
	}
	for at := int64(0); at < info.Size(); {
		start, err := unix.Seek(int(src.Fd()), at, unix.SEEK_DATA)
		if err != nil {
			break // ENXIO: a hole until the end
		}
		end, err := unix.Seek(int(src.Fd()), start, unix.SEEK_HOLE)
		if err != nil {
			end = info.Size()
		}
		if _, err := io.Copy(io.NewOffsetWriter(dst, start), io.NewSectionReader(src, start, end-start)); err != nil {
			return err
		}
		at = end
	}
	return dst.Truncate(info.Size())
}

// copyAttributes copies the extended attributes that may be set here. The
// others are the business of who reads the copy.
func copyAttributes(dst, src *os.File) {
	names := make([]byte, 64<<10)
	n, err := unix.Flistxattr(int(src.Fd()), names)
	if err != nil {
		return
	}
	value := make([]byte, 64<<10)
	for len(names[:n]) > 0 {
		name := unix.ByteSliceToString(names[:n])
		if size, err := unix.Fgetxattr(int(src.Fd()), name, value); err == nil {
			_ = unix.Fsetxattr(int(dst.Fd()), name, value[:size], 0)
		}
		names, n = names[len(name)+1:], n-len(name)-1
	}
}
