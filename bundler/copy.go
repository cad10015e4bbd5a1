package bundler

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A ChangedError reports a source that did not stay the same while it was
// copied, several times.
type ChangedError struct {
	Path string
	Gone bool
}

func (e *ChangedError) Error() string {
	if e.Gone {
		return e.Path + " vanished before it was copied"
	}
	return e.Path + " changed while it was copied, again and again"
}

// A file that changes while it is copied is copied again this often, after a
// pause that doubles.
const (
	moreAttempts = 3
	firstPause   = 20 * time.Millisecond
)

// Causes for another attempt.
var (
	errChanged  = errors.New("source changed")
	errVanished = errors.New("source vanished")
)

// A job is a file that was made and is to be filled.
type job struct {
	*Entry
	fd int
	st unix.Stat_t // of the file that was made
}

// A copier fills files, one at a time. Several work side by side.
type copier struct {
	*filler
	buf      []byte
	dir      folder          // of the source file that was opened last; fd -1 before
	noClone  map[uint64]bool // devices whose files cannot be cloned into the bundle
	noInside map[uint64]bool // devices from which the kernel does not copy by itself
}

func (f *filler) newCopier() *copier {
	return &copier{
		filler: f, buf: make([]byte, bufferSize), dir: folder{fd: -1},
		noClone: map[uint64]bool{}, noInside: map[uint64]bool{},
	}
}

const bufferSize = 256 << 10

func (c *copier) end() {
	if c.dir.fd >= 0 {
		c.close(c.dir.fd)
	}
}

// fill writes contents and metadata of a file and closes it.
func (c *copier) fill(j *job) error {
	err := c.fillOpen(j)
	return failed(j.Path, errors.Join(err, c.closeWritten(j.fd, j.Path)))
}

func (c *copier) fillOpen(j *job) error {
	if j.Source == "" && j.Copy == "" {
		if err := c.writeAll(j.fd, j.Content, 0, j.Path); err != nil {
			return err
		}
		c.advance(j.Stat.Size)
		return c.setMetadata(j.fd, j.Entry, &j.st, nil, c.buf)
	}
	pause := firstPause
	for attempt := 0; ; attempt++ {
		err := c.copyOnce(j)
		if err != errChanged && err != errVanished {
			return err
		}
		if attempt == moreAttempts || j.Copy != "" {
			return &ChangedError{j.from(), err == errVanished}
		}
		if err := c.again(j, pause); err != nil {
			return err
		}
		pause *= 2
	}
}

// from names what the contents of an entry are copied from.
func (e *Entry) from() string {
	if e.Copy != "" {
		return e.Copy
	}
	return e.Source
}

// again prepares another attempt to copy a file that changed.
func (c *copier) again(j *job, pause time.Duration) error {
	select {
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	case <-time.After(pause):
	}
	if err := c.truncate(j.fd, 0, j.Path); err != nil {
		return err
	}
	dir, name, err := c.sourceDir(j.Source)
	if err == nil {
		var st unix.Stat_t
		if err = c.lstat(dir, name, &st, j.Source); err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
			j.Stat = st
		}
	}
	if errors.Is(err, unix.ENOENT) || err == errVanished {
		return nil // the next attempt tells
	}
	return err
}

// copyOnce copies contents and metadata. errChanged tells that the source was
// not what was planned, or is not any more.
func (c *copier) copyOnce(j *job) error {
	src, err := c.openSource(j.Entry)
	if err != nil {
		return err
	}
	defer c.close(src)
	var st unix.Stat_t
	if err := c.unchanged(src, j.Entry, &st); err != nil {
		return err
	}
	if err := c.copyData(j, src, &st); err != nil {
		return err
	}
	if err := c.setMetadata(j.fd, j.Entry, &j.st, &attributed{fd: src}, c.buf); err != nil {
		return err
	}
	return c.unchanged(src, j.Entry, &st)
}

// openSource opens what an entry's contents come from, without waiting for a
// FIFO's writer.
func (c *copier) openSource(e *Entry) (int, error) {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK
	dir, name := unix.AT_FDCWD, e.Copy
	var err error
	if name == "" {
		dir, name, err = c.sourceDir(e.Source)
	}
	if err != nil {
		return -1, err
	}
	fd, err := c.open(dir, name, flags, 0, e.from())
	switch {
	case errors.Is(err, unix.ENOENT):
		return -1, errVanished
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO):
		return -1, errChanged // a link or a socket is there now
	case err != nil:
		return -1, fmt.Errorf("read %s: %w", e.from(), err)
	}
	return fd, nil
}

// sourceDir opens the folder of a walked path of the source. Links that were
// put on the way meanwhile do no harm: what is opened is held against the plan.
func (c *copier) sourceDir(p string) (dir int, name string, err error) {
	parent, name := split(p)
	if c.dir.fd >= 0 && c.dir.path == parent {
		return c.dir.fd, name, nil
	}
	fd, err := c.open(c.source.fd, relative(parent), unix.O_PATH|unix.O_DIRECTORY, 0, parent)
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return -1, "", errVanished
	case err != nil:
		return -1, "", err
	}
	c.end()
	c.dir = folder{fd, parent}
	return fd, name, nil
}

// split splits a walked path that is not the root.
func split(p string) (dir, name string) {
	i := strings.LastIndexByte(p, '/')
	return p[:max(i, 1)], p[i+1:]
}

// relative makes a path below a root one that openat takes.
func relative(p string) string {
	if p == "/" {
		return "."
	}
	return p[1:]
}

// unchanged makes sure that the open file is the one that was planned.
func (c *copier) unchanged(fd int, e *Entry, st *unix.Stat_t) error {
	if err := c.stat(fd, st, e.from()); err != nil {
		return err
	}
	was := &e.Stat
	same := st.Size == was.Size
	if e.Copy == "" {
		same = same && st.Dev == was.Dev && st.Ino == was.Ino && st.Mode == was.Mode &&
			st.Mtim == was.Mtim && st.Ctim == was.Ctim
	}
	if !same || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return errChanged
	}
	return nil
}

// copyData copies what the open source, described by st, holds: shared with it
// where the file system can do that, else the parts of it that are no holes.
func (c *copier) copyData(j *job, src int, st *unix.Stat_t) error {
	cloned, err := c.share(j, src, st)
	switch {
	case err != nil:
		return err
	case cloned:
		c.advance(st.Size)
		return nil
	case st.Blocks*512 >= st.Size:
		return c.copyPart(j, src, st, 0, st.Size)
	}
	if err := c.truncate(j.fd, st.Size, j.Path); err != nil {
		return err
	}
	for at := int64(0); at < st.Size; {
		start, end, err := c.nextData(src, at, st.Size, j.from())
		if err != nil {
			return err
		}
		c.advance(start - at)
		if err := c.copyPart(j, src, st, start, end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// share lets the file have the source's blocks, as copies on write.
func (c *copier) share(j *job, src int, st *unix.Stat_t) (bool, error) {
	if c.noClone[st.Dev] || st.Size == 0 {
		return false, nil
	}
	err := c.clone(src, j.fd, j.Path)
	switch {
	case err == nil:
		return true, nil
	case unable(err):
		c.noClone[st.Dev] = true
	case !refused(err):
		return false, err
	}
	return false, nil
}

// unable tells whether err says that the kernel cannot do something between two
// file systems, whatever the file.
func unable(err error) bool {
	for _, errno := range []unix.Errno{unix.EXDEV, unix.ENOSYS, unix.EOPNOTSUPP, unix.ENOTTY} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// nextData returns the next part of the file from at on that is no hole.
// Where the file system does not say, that is all.
func (c *copier) nextData(src int, at, size int64, path string) (start, end int64, err error) {
	start, err = c.seek(src, at, unix.SEEK_DATA, path)
	switch {
	case errors.Is(err, unix.ENXIO):
		return size, size, nil
	case errors.Is(err, unix.EINVAL):
		return at, size, nil
	case err != nil:
		return at, size, err
	}
	end, err = c.seek(src, start, unix.SEEK_HOLE, path)
	return min(start, size), min(end, size), err
}

// chunk is how much the kernel copies between looks at the context and at the
// clock. A file of up to smallFile bytes is not worth another system call.
const (
	chunk     = 4 << 20
	smallFile = 64 << 10
)

// copyPart copies the bytes from start to end.
func (c *copier) copyPart(j *job, src int, st *unix.Stat_t, start, end int64) error {
	for start < end {
		if err := context.Cause(c.ctx); err != nil {
			return err
		}
		n, err := c.copySome(j, src, st, start, end)
		if err != nil {
			return err
		}
		if n == 0 {
			return errChanged // shorter than planned
		}
		if n == chunk {
			// The disk may begin; it must be done before the bundle is there.
			err := c.writeOut(j.fd, start, int64(n), j.Path)
			if err != nil && !unable(err) && !refused(err) {
				return err
			}
		}
		start += int64(n)
		c.advance(int64(n))
	}
	return nil
}

// copySome copies some bytes at start and returns how many: in the kernel
// where it can, else through the buffer.
func (c *copier) copySome(j *job, src int, st *unix.Stat_t, start, end int64) (int, error) {
	if st.Size > smallFile && !c.noInside[st.Dev] {
		n, err := c.copyRange(src, j.fd, start, int(min(end-start, chunk)), j.Path)
		if !unable(err) && !refused(err) && !errors.Is(err, unix.ETXTBSY) {
			return n, err
		}
		c.noInside[st.Dev] = true
	}
	buf := c.buf[:min(end-start, int64(len(c.buf)))]
	n, err := c.pread(src, buf, start, j.from())
	if err != nil {
		return 0, fmt.Errorf("%s: %w", j.from(), err)
	}
	return n, c.writeAll(j.fd, buf[:n], start, j.Path)
}

// progressStep is how many bytes are worth a call of Options.Progress.
const progressStep = 256 << 10

// advance counts bytes that are written.
func (f *filler) advance(n int64) {
	done := f.done.Add(n)
	if f.opt.Progress == nil || !f.progress.TryLock() {
		return
	}
	if done >= f.told+progressStep {
		f.told = done
		f.opt.Progress(done, f.all)
	}
	f.progress.Unlock()
}
