package bundler

import (
	"errors"

	"golang.org/x/sys/unix"
)

// removeContents removes what a folder holds. It follows no link and enters no
// mount, nor a folder that is not in known, unless that is nil.
func (k *kernel) removeContents(d folder, known map[inode]bool) error {
	r := &remover{kernel: k, known: known}
	var err error
	if r.mount, err = k.mountOf(d); err != nil {
		return err
	}
	return r.contents(d)
}

type remover struct {
	*kernel
	known map[inode]bool
	mount mount
}

// A mount tells mounted file systems apart, bind mounts of one file system
// only where the kernel gives mounts a number (Linux 5.8).
type mount struct {
	major, minor uint32
	id           uint64
}

func mountOf(st *unix.Statx_t) mount {
	m := mount{major: st.Dev_major, minor: st.Dev_minor}
	if st.Mask&unix.STATX_MNT_ID != 0 {
		m.id = st.Mnt_id
	}
	return m
}

func (k *kernel) mountOf(d folder) (mount, error) {
	var st unix.Statx_t
	err := k.statx(d.fd, &st, d.path)
	return mountOf(&st), err
}

func (r *remover) contents(d folder) error {
	for {
		removed := 0
		err := r.names(d.fd, d.path, func(name string) error {
			removed++
			return r.remove(d, name)
		})
		if err != nil || removed == 0 {
			return err
		}
	}
}

// remove removes one name. That unlink fails with EISDIR (Linux) or EPERM
// (POSIX) for a folder tells it from other files.
func (r *remover) remove(d folder, name string) error {
	path := d.of(name)
	err := r.unlink(d.fd, name, 0, path)
	switch {
	case errors.Is(err, unix.EISDIR), errors.Is(err, unix.EPERM):
	case errors.Is(err, unix.ENOENT):
		return nil
	default:
		return err
	}
	sub := folder{path: path}
	if sub.fd, err = r.openForced(d.fd, name, path); err != nil {
		return err
	}
	defer r.close(sub.fd)
	err = r.mayEnter(sub)
	var replaced *ReplacedError
	if err == nil {
		err = r.contents(sub)
	}
	if err != nil && !errors.As(err, &replaced) {
		return err
	}
	// A folder that is not known may still go if it is empty.
	if gone := r.unlink(d.fd, name, unix.AT_REMOVEDIR, path); gone == nil || err == nil {
		return gone
	}
	return err
}

func (r *remover) mayEnter(d folder) error {
	var st unix.Statx_t
	if err := r.statx(d.fd, &st, d.path); err != nil {
		return err
	}
	id := inode{unix.Mkdev(st.Dev_major, st.Dev_minor), st.Ino}
	switch {
	case mountOf(&st) != r.mount:
		return &OutputError{Path: d.path, Reason: "something is mounted there"}
	case r.known != nil && !r.known[id]:
		return &ReplacedError{d.path}
	}
	return nil
}

// openForced opens a folder to change it, also where its owner has taken the
// permission to do so from himself.
func (k *kernel) openForced(dir int, name, path string) (int, error) {
	fd, err := k.open(dir, name, readFolder, 0, path)
	if err == nil {
		return fd, k.makeWritable(fd, path)
	}
	if !errors.Is(err, unix.EACCES) {
		return fd, err
	}
	closed, err := k.open(dir, name, unix.O_PATH|unix.O_DIRECTORY, 0, path)
	if err != nil {
		return -1, err
	}
	defer k.close(closed)
	if err := k.chmodPath(closed, 0o700, path); err != nil {
		return -1, err
	}
	return k.open(closed, ".", readFolder, 0, path)
}

// makeWritable lets the owner of an open folder change what it holds.
func (k *kernel) makeWritable(fd int, path string) error {
	if unix.Geteuid() == 0 {
		return nil
	}
	var st unix.Stat_t
	err := k.stat(fd, &st, path)
	if err == nil && st.Mode&0o700 != 0o700 {
		err = k.chmod(fd, st.Mode|0o700, path)
	}
	if err != nil {
		k.close(fd)
	}
	return err
}
