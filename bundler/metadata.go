package bundler

import (
	"errors"

	"golang.org/x/sys/unix"
)

// losses are paths of which something could not be kept.
type losses struct {
	owner, xattr []string
	links        int // whose extended attributes were not looked at
}

// setOwner sets the owner of an open file that has the metadata st, unless it is
// that already. Where that may not be, the group may.
func (f *filler) setOwner(fd int, e *Entry, st *unix.Stat_t) error {
	uid, gid := e.Stat.Uid, e.Stat.Gid
	if st.Uid == uid && st.Gid == gid {
		return nil
	}
	err := f.chown(fd, uid, gid, e.Path)
	if !refused(err) {
		return err
	}
	f.lose(func(l *losses) { l.owner = append(l.owner, e.Path) })
	if st.Gid != gid {
		err = f.chown(fd, ^uint32(0), gid, e.Path) // -1: the user as it is
	}
	if refused(err) {
		return nil
	}
	return err
}

// setMetadata gives an open file or folder, which has the metadata st, those of
// e, in the order in which one does not undo the other: a new owner clears
// capabilities and set-ID bits, an access control list changes the mode.
func (f *filler) setMetadata(fd int, e *Entry, st *unix.Stat_t, from *attributed, buf []byte) error {
	if err := f.setOwner(fd, e, st); err != nil {
		return err
	}
	if from != nil {
		all, err := f.xattrs(attributed{fd: fd}, *from, buf, e.Path)
		if err != nil {
			return err
		}
		if !all {
			f.lose(func(l *losses) { l.xattr = append(l.xattr, e.Path) })
		}
	}
	if (st.Mode^e.Stat.Mode)&0o7777 != 0 {
		if err := f.chmod(fd, e.Stat.Mode, e.Path); err != nil {
			return err
		}
	}
	return f.utimes(fd, f.times(e), e.Path)
}

// times returns the access and modification time of e: the same, and none
// later than the epoch.
func (f *filler) times(e *Entry) [2]unix.Timespec {
	t := e.Stat.Mtim
	if f.opt.Epoch != nil && t.Sec >= *f.opt.Epoch {
		t = unix.Timespec{Sec: *f.opt.Epoch}
	}
	return [2]unix.Timespec{t, t}
}

// setNodeMetadata gives a link or special file, just made as name in dir, the
// metadata of e. It is opened without effect on what it is (O_PATH) and must be
// what was made.
func (f *filler) setNodeMetadata(dir folder, name string, e *Entry, buf []byte) error {
	fd, err := f.open(dir.fd, name, unix.O_PATH, 0, e.Path)
	if err != nil {
		return err
	}
	defer f.close(fd)
	var st unix.Stat_t
	if err := f.stat(fd, &st, e.Path); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != e.format() || st.Nlink != 1 || e.IsLink() && int(st.Size) != len(e.Target) {
		return &ReplacedError{e.Path}
	}
	if err := f.setOwner(fd, e, &st); err != nil {
		return err
	}
	if err := f.nodeXattrs(fd, e, buf); err != nil {
		return err
	}
	if !e.IsLink() && (st.Mode^e.Stat.Mode)&0o7777 != 0 {
		if err := f.chmodPath(fd, e.Stat.Mode, e.Path); err != nil {
			return err
		}
	}
	return f.utimesPath(fd, f.times(e), e.Path)
}

// nodeXattrs copies the extended attributes of a link or special file, which
// cannot be opened: through /proc.
func (f *filler) nodeXattrs(fd int, e *Entry, buf []byte) error {
	if e.Source == "" {
		return nil
	}
	if !f.proc {
		f.lose(func(l *losses) { l.links++ })
		return nil
	}
	from := attributed{proc: procFD(f.source.fd) + e.Source}
	var all bool
	var err error
	if f.fuse && e.IsLink() {
		// fuse-overlayfs would set them on what the link leads to.
		var n int
		n, err = f.listxattr(from, buf, e.Path)
		if all = n == 0; errors.Is(err, unix.EOPNOTSUPP) {
			all, err = true, nil
		}
	} else {
		all, err = f.xattrs(attributed{proc: procFD(fd)}, from, buf, e.Path)
	}
	if errors.Is(err, unix.ENOENT) {
		return &ChangedError{e.Source, true}
	}
	if err == nil && !all {
		f.lose(func(l *losses) { l.xattr = append(l.xattr, e.Path) })
	}
	return err
}

func (f *filler) lose(what func(*losses)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	what(&f.lost)
}
