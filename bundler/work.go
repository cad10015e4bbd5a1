package bundler

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"

	"golang.org/x/sys/unix"
)

// A folder is an open directory of this machine. Its path is where it was when
// it was opened, for messages; what is done in it is done through fd.
type folder struct {
	fd   int
	path string
}

func (d folder) of(name string) string { return join(d.path, name) }

// readFolder are the flags that open a folder so that its names can be read
// and its lock taken.
const readFolder = unix.O_RDONLY | unix.O_DIRECTORY

// A work is a folder in which a bundle is built: hidden, for its owner alone,
// and locked by the process that uses it, so that one without a lock is known
// to be a killed run's.
type work struct {
	folder
	k      *kernel
	parent folder
	name   string // in parent
	id     inode
}

const workInfix = ".magicpak-"

var workName = regexp.MustCompile(`(?s)^\..+\.magicpak-(in-)?[0-9a-f]+$`)

// isWorkName tells whether name is one that newWork gives.
func isWorkName(name string) bool { return workName.MatchString(name) }

// makeWorkName returns a name for a work folder of a bundle called base.
func makeWorkName(base, infix string) string {
	var random [8]byte
	rand.Read(random[:])
	suffix := workInfix + infix + hex.EncodeToString(random[:])
	return "." + base[:min(len(base), unix.NAME_MAX-1-len(suffix))] + suffix
}

// newWork makes a work folder in parent for a bundle called base, after removing
// those that killed runs left there. infix is "", or fillInfix.
func (k *kernel) newWork(parent folder, base, infix string) (*work, error) {
	if err := k.removeStale(parent); err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		w, err := k.makeWork(parent, makeWorkName(base, infix))
		if errors.Is(err, errTaken) && attempt < 10 {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("make a work folder in %s: %w", parent.path, err)
		}
		return w, nil
	}
}

// errTaken tells that another run took a work folder for a killed run's, before
// it was locked.
var errTaken = errors.New("removed by another run")

func (k *kernel) makeWork(parent folder, name string) (*work, error) {
	w := &work{k: k, parent: parent, name: name, folder: folder{path: parent.of(name)}}
	if err := k.mkdir(parent.fd, name, 0o700, w.path); err != nil {
		return nil, err
	}
	d, id, err := k.openMade(parent, name, 0o700)
	if errors.Is(err, unix.ENOENT) {
		return nil, errTaken
	}
	if err != nil {
		return nil, errors.Join(err, k.unlink(parent.fd, name, unix.AT_REMOVEDIR, w.path))
	}
	w.folder, w.id = d, id
	if err = k.prepare(d); err == nil {
		return w, nil
	}
	if !errors.Is(err, errTaken) {
		err = errors.Join(err, w.remove(nil))
	}
	k.close(w.fd)
	return nil, err
}

// prepare locks a new work folder and takes away the access control lists that
// it inherited, which what is made in it would inherit.
func (k *kernel) prepare(d folder) error {
	var st unix.Stat_t
	err := k.flock(d.fd, d.path)
	if err == nil {
		err = k.stat(d.fd, &st, d.path)
	}
	switch {
	case errors.Is(err, unix.EWOULDBLOCK), err == nil && st.Nlink == 0:
		return errTaken
	case err != nil:
		return err
	}
	for _, name := range []string{"system.posix_acl_default", "system.posix_acl_access"} {
		err := k.removexattr(d.fd, name, d.path)
		if err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
	}
	return k.chmod(d.fd, 0o700, d.path)
}

// A ReplacedError reports that what the writer made in the work folder is
// another file now: another process works there.
type ReplacedError struct{ Path string }

func (e *ReplacedError) Error() string {
	return e.Path + " was replaced by another process while the bundle was written"
}

// openMade opens the folder that was just made in parent with mode, and makes
// sure that it is that one: this user's, no more permitted, and empty.
func (k *kernel) openMade(parent folder, name string, mode uint32) (folder, inode, error) {
	d := folder{path: parent.of(name)}
	var err error
	if d.fd, err = k.open(parent.fd, name, readFolder, 0, d.path); err != nil {
		return d, inode{}, err
	}
	var st unix.Stat_t
	err = k.stat(d.fd, &st, d.path)
	if err == nil && (st.Mode&0o777&^mode != 0 || int(st.Uid) != unix.Geteuid()) {
		err = &ReplacedError{d.path}
	}
	if err == nil {
		err = k.names(d.fd, d.path, func(string) error { return &ReplacedError{d.path} })
	}
	if err != nil {
		k.close(d.fd)
	}
	return d, inode{st.Dev, st.Ino}, err
}

// removeStale removes the work folders in dir that no process holds a lock on.
// A folder of another user cannot be opened, or is not this user's to remove.
func (k *kernel) removeStale(dir folder) error {
	var stale []string
	err := k.names(dir.fd, dir.path, func(name string) error {
		if isWorkName(name) {
			stale = append(stale, name)
		}
		return nil
	})
	for _, name := range stale {
		err = errors.Join(err, k.removeUnlocked(dir, name))
	}
	if err != nil {
		return fmt.Errorf("look for what killed runs left in %s: %w", dir.path, err)
	}
	return nil
}

func (k *kernel) removeUnlocked(parent folder, name string) error {
	w := &work{k: k, parent: parent, name: name, folder: folder{path: parent.of(name)}}
	var st unix.Stat_t
	if err := k.lstat(parent.fd, name, &st, w.path); errors.Is(err, unix.ENOENT) {
		return nil
	} else if err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != unix.Geteuid() {
		return err
	}
	var err error
	if w.fd, err = k.openForced(parent.fd, name, w.path); errors.Is(err, unix.ENOENT) {
		return nil
	} else if err != nil {
		return err
	}
	defer k.close(w.fd)
	if err := k.flock(w.fd, w.path); errors.Is(err, unix.EWOULDBLOCK) {
		return nil // in use
	} else if err != nil {
		return err
	}
	return w.remove(nil)
}

// remove removes the work folder. Folders in it that are
// not in known, unless that is nil, are another process's and stay.
func (w *work) remove(known map[inode]bool) error {
	err := w.k.removeContents(w.folder, known)
	if err == nil {
		err = w.k.unlink(w.parent.fd, w.name, unix.AT_REMOVEDIR, w.path)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) { // another run may have been faster
		return fmt.Errorf("remove the work folder %s: %w", w.path, err)
	}
	return nil
}
