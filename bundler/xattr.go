package bundler

import (
	"errors"
	"strings"

	"golang.org/x/sys/unix"
)

// An attributed is a file whose extended attributes are read or set: an open
// one, or the path in /proc of one that is not to be opened. That path ends in a
// descriptor that another process cannot exchange.
type attributed struct {
	fd   int
	proc string // "" for the open one
}

func (k *kernel) listxattr(a attributed, buf []byte, path string) (n int, err error) {
	err = k.call("list extended attributes", path, func() (err error) {
		if a.proc != "" {
			n, err = unix.Llistxattr(a.proc, buf)
		} else {
			n, err = unix.Flistxattr(a.fd, buf)
		}
		return err
	})
	return n, err
}

func (k *kernel) getxattr(a attributed, name string, buf []byte, path string) (n int, err error) {
	err = k.call("read "+name, path, func() (err error) {
		if a.proc != "" {
			n, err = unix.Lgetxattr(a.proc, name, buf)
		} else {
			n, err = unix.Fgetxattr(a.fd, name, buf)
		}
		return err
	})
	return n, err
}

// setxattr sets an attribute. What a.proc leads to may be a link: opened with
// O_PATH it is the end of the walk.
func (k *kernel) setxattr(a attributed, name string, value []byte, path string) error {
	return k.call("set "+name, path, func() error {
		if a.proc != "" {
			return unix.Setxattr(a.proc, name, value, 0)
		}
		return unix.Fsetxattr(a.fd, name, value, 0)
	})
}

func (k *kernel) removexattr(fd int, name, path string) error {
	return k.call("remove "+name, path, func() error { return unix.Fremovexattr(fd, name) })
}

// maxXattr is how long the list of names and each value may be (XATTR_LIST_MAX
// and XATTR_SIZE_MAX in include/uapi/linux/limits.h).
const maxXattr = 64 << 10

// xattrs copies the extended attributes that the target takes. buf is scratch
// space of maxXattr bytes or more. It returns whether all were taken.
func (k *kernel) xattrs(to, from attributed, buf []byte, path string) (all bool, err error) {
	n, err := k.listxattr(from, buf, path)
	if n == 0 || errors.Is(err, unix.EOPNOTSUPP) {
		if errors.Is(err, unix.EOPNOTSUPP) {
			err = nil
		}
		return true, err
	}
	all = true
	for name := range strings.SplitSeq(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00") {
		taken, err := k.copyXattr(to, from, name, buf, path)
		if err != nil {
			return false, err
		}
		all = all && taken
	}
	return all, nil
}

func (k *kernel) copyXattr(to, from attributed, name string, buf []byte, path string) (taken bool, err error) {
	n, err := k.getxattr(from, name, buf, path)
	if err == nil && name == "security.capability" && to.proc == "" {
		// A write takes capabilities away, and a FUSE file system with a
		// writeback cache writes when it likes to, unless it has to now.
		err = k.fsync(to.fd, path)
	}
	if err == nil {
		err = k.setxattr(to, name, buf[:n], path)
	}
	switch {
	case err == nil, errors.Is(err, unix.ENODATA):
		return true, nil
	case refused(err):
		// The label of SELinux is the target's own matter.
		return name == "security.selinux", nil
	}
	return false, err
}

// refused tells whether err says that this file system, or this user's rights,
// do not allow something.
func refused(err error) bool {
	for _, errno := range []unix.Errno{unix.EPERM, unix.EACCES, unix.EOPNOTSUPP, unix.EINVAL} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
