package bundler

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A Staged is a bundle that is complete in a work folder and not yet at its
// place. End it with [Staged.Commit] or [Staged.Discard].
//
// The work folder is beside the output, or, where folders above that are
// missing, it is the first of these and holds the others. The rename of it makes
// everything appear at once. Where the output is a folder that cannot be
// replaced, the work folder is inside it.
type Staged struct {
	*filler
	out     *Output
	w       *work
	dir     string
	mode    uint32      // of folders above the bundle
	opened  []int       // to be closed at the end
	before  unix.Stat_t // of an output that is filled
	moves   []move      // into an output that is filled
	list    string      // the file that lists them; "" before
	visited bool        // others know of dir
	ended   bool
}

// Stage writes the whole bundle to a work folder and removes those that killed
// runs left there. Until [Staged.Commit] the output stays as it is. The
// manifest's source must be a [rootfs.Dir].
func Stage(ctx context.Context, m *Manifest, out *Output, opt Options) (*Staged, error) {
	k := &kernel{fault: opt.fault}
	s := &Staged{out: out, filler: &filler{kernel: k, m: m, ctx: ctx, opt: opt, source: folder{fd: -1}}}
	source, ok := m.source.(rootfs.Dir)
	if !ok {
		return nil, errors.New("write a bundle: the manifest's source is no directory")
	}
	err := s.open(string(source))
	if err == nil {
		err = s.begin()
	}
	if err == nil {
		err = s.fill()
	}
	if err != nil {
		return nil, errors.Join(err, s.Discard())
	}
	return s, nil
}

// open opens the source and looks for /proc.
func (s *Staged) open(source string) (err error) {
	s.source.path = source
	err = s.call("open", source, func() (err error) {
		s.source.fd, err = unix.Open(source, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("read %s: %w", source, err)
	}
	s.opened = append(s.opened, s.source.fd)
	err = s.access(unix.AT_FDCWD, procFD(s.source.fd), unix.F_OK, "/proc/self/fd")
	if s.proc = err == nil; s.proc || errors.Is(err, unix.ENOENT) {
		return nil
	}
	return fmt.Errorf("look for /proc: %w", err)
}

// begin makes the work folder and in it the folder that will be the bundle.
func (s *Staged) begin() (err error) {
	infix := ""
	if s.out.inside {
		infix = fillInfix
		if err := s.claim(); err != nil {
			return err
		}
		if err := s.undoMoves(s.out.base); err != nil {
			return err
		}
	}
	if s.w, err = s.newWork(s.out.base, s.out.name(), infix); err != nil {
		return err
	}
	if s.fuse, err = s.isFUSE(s.w.folder); err != nil {
		return failed(s.w.path, err)
	}
	s.root, s.dir = s.w.folder, s.w.path
	below := []string{fillTree}
	if !s.out.inside {
		below = s.out.below[1:]
	}
	id := s.w.id
	s.known = map[inode]bool{id: true}
	for _, name := range below {
		if id, err = s.deeper(name); err != nil {
			return fmt.Errorf("make a work folder in %s: %w", s.w.path, err)
		}
	}
	s.made = map[string]inode{"/": id}
	return nil
}

// deeper makes a folder in the root and takes it as the root. The work folder
// keeps others out, so it has the mode that the user's umask gives to new ones.
func (s *Staged) deeper(name string) (inode, error) {
	const mode = 0o755
	if err := s.mkdir(s.root.fd, name, mode, s.root.of(name)); err != nil {
		return inode{}, err
	}
	d, id, err := s.openMade(s.root, name, mode)
	if err != nil {
		return id, err
	}
	s.opened = append(s.opened, d.fd)
	s.root, s.dir, s.known[id] = d, join(s.dir, name), true
	var st unix.Stat_t
	err = s.stat(d.fd, &st, d.path)
	s.mode = st.Mode
	return id, err
}

// claim locks an output that is to be filled and notes its metadata.
func (s *Staged) claim() error {
	err := s.flock(s.out.base.fd, s.out.path)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return &OutputError{Path: s.out.path, Reason: "is being written by another run"}
	}
	if err == nil {
		err = s.stat(s.out.base.fd, &s.before, s.out.path)
	}
	return failed(s.out.base.path, err)
}

// Dir returns the path of the bundle in its work folder. Who runs something
// there must take away again what that makes.
func (s *Staged) Dir() string {
	s.visited = true
	return s.dir
}

// Commit makes the staged bundle last and puts it into its place. If that fails
// the output is as it was before, or, where only what comes after the rename
// failed, the new one.
func (s *Staged) Commit() (*Report, error) {
	err := context.Cause(s.ctx)
	if err == nil && s.visited {
		err = s.folderTimes()
	}
	if err == nil && s.out.inside {
		err = s.commitInside()
	} else if err == nil {
		err = s.commitBeside()
	}
	if err != nil {
		return nil, errors.Join(err, s.Discard())
	}
	s.end()
	return s.report(), nil
}

// folderTimes sets the times of folders again, which a test may have changed.
func (s *Staged) folderTimes() error {
	for e := range s.m.Entries() {
		if e.IsDir() && e.Path != "/" {
			if err := s.folder(e, s.folderTime); err != nil {
				return err
			}
		}
	}
	return nil
}

// commitBeside renames the work folder to the output, or to the first missing
// folder above it. Other than a folder that is empty nothing can be there.
func (s *Staged) commitBeside() error {
	base, first := s.out.base, s.out.below[0]
	path := base.of(first)
	if err := s.seal(s.root); err != nil {
		return err
	}
	if len(s.out.below) > 1 {
		if err := s.chmod(s.w.fd, s.mode, path); err != nil {
			return failed(path, err)
		}
	}
	if err := s.syncfs(s.w.fd, s.out.path); err != nil {
		return failed(s.out.path, err)
	}
	err := s.rename(base.fd, s.w.name, base.fd, first, 0, path)
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) || errors.Is(err, unix.ENOTDIR) {
		return &OutputError{Path: path, Reason: "appeared while the bundle was written"}
	}
	if err != nil {
		return failed(path, err)
	}
	s.ended = true
	var st unix.Stat_t
	if err := s.lstat(base.fd, first, &st, path); err != nil {
		return failed(path, err)
	}
	if (inode{st.Dev, st.Ino}) != s.w.id {
		return &ReplacedError{path}
	}
	return failed(path, s.fsync(base.fd, base.path))
}

// seal gives the folder that is the bundle's root its metadata.
func (s *Staged) seal(root folder) error {
	return failed(s.out.path, s.folderMetadata(root, s.m.entries["/"]))
}

// commitInside moves what the work folder holds up into the output.
func (s *Staged) commitInside() error {
	err := s.syncfs(s.w.fd, s.out.path)
	if err == nil {
		s.list = s.w.name + fillMoves
		s.moves, err = s.moveUp(s.root, s.out.base, s.list)
	}
	for _, step := range []func() error{
		s.removeWork,
		func() error { return s.seal(s.out.base) },
		func() error { return s.syncfs(s.out.base.fd, s.out.path) },
		s.removeList,
		// That was a change of the folder that the bundle is.
		func() error { return s.folderTime(s.out.base, s.m.entries["/"]) },
		func() error { return s.fsync(s.out.base.fd, s.out.path) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return fmt.Errorf("fill %s: %w", s.out.path, err)
	}
	s.ended = true
	return nil
}

// removeList removes the list of moves, if it is there.
func (s *Staged) removeList() error {
	err := s.unlink(s.out.base.fd, s.list, 0, s.out.base.of(s.list))
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// removeWork removes the work folder with what is left in it.
func (s *Staged) removeWork() error {
	if s.w == nil {
		return nil
	}
	known := s.known
	if s.visited {
		known = nil
	}
	if err := s.w.remove(known); err != nil {
		return err
	}
	s.close(s.w.fd)
	s.w = nil
	return nil
}

// Discard removes the staged bundle. After [Staged.Commit] it does nothing.
func (s *Staged) Discard() error {
	var err error
	if !s.ended && s.out.inside {
		err = s.emptyOutput()
	}
	if !s.ended {
		err = errors.Join(err, s.removeWork())
	}
	s.end()
	return err
}

// emptyOutput takes back what was done to an output that is to be filled.
func (s *Staged) emptyOutput() error {
	if s.list == "" {
		return nil
	}
	base, before := s.out.base, &s.before
	err := s.removeMoved(base, s.moves)
	if err == nil {
		err = s.removeList()
	}
	err = errors.Join(err, s.removeWork(),
		s.chown(base.fd, before.Uid, before.Gid, base.path), s.chmod(base.fd, before.Mode, base.path),
		s.utimes(base.fd, [2]unix.Timespec{before.Atim, before.Mtim}, base.path))
	if err != nil {
		return fmt.Errorf("empty %s: %w", s.out.path, err)
	}
	return nil
}

// end closes what is open and gives up the locks.
func (s *Staged) end() {
	s.ended = true
	for _, fd := range s.opened {
		s.close(fd)
	}
	s.opened = nil
	if s.w != nil {
		s.close(s.w.fd)
		s.w = nil
	}
	if s.before.Ino != 0 {
		unix.Flock(s.out.base.fd, unix.LOCK_UN)
	}
}

// Write writes the bundle to output: [Stage] and [Staged.Commit].
func Write(ctx context.Context, m *Manifest, output string, opt Options) (*Report, error) {
	out, err := OpenOutput(output)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	s, err := Stage(ctx, m, out, opt)
	if err != nil {
		return nil, err
	}
	return s.Commit()
}
