package bundler

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Options are the surroundings of [Stage] and [Write].
type Options struct {
	Epoch    *int64                  // no time in the bundle is later; seconds since 1970
	Progress func(done, total int64) // called now and then while files are copied, with bytes

	fault    func(op, path string) error // see [kernel]
	oneByOne bool                        // without goroutines, so that calls have an order
}

// A Report says what was written and what could not be kept.
type Report struct {
	Files   int      // entries of all types
	Bytes   int64    // of regular files, each hard-linked one once
	NoOwner []string // paths whose owner could not be set, sorted
	NoXattr []string // paths of which an extended attribute could not be set, sorted
	// NoProc counts links and special files whose extended attributes were not
	// looked at, since /proc is not there.
	NoProc int
}

// A filler writes the entries of a manifest below one open folder. One
// goroutine makes every name, in order; copiers fill the files that it made,
// side by side, through descriptors and without names. So the order of names
// and inodes is the same in each run.
//
// Each folder's inode is noted when it is made, and a folder that is opened
// again must be that one.
type filler struct {
	*kernel
	m      *Manifest
	ctx    context.Context
	opt    Options
	root   folder
	source folder
	proc   bool // /proc can be used
	fuse   bool // the bundle is in a file system in user space

	buf    []byte
	parent folder           // the folder that was opened last; fd -1 before
	made   map[string]inode // folders by path
	known  map[inode]bool   // all folders that were made
	linked map[inode]linked // files with several names, by the source's inode

	mu       sync.Mutex // of what copiers share:
	lost     losses
	progress sync.Mutex
	all      int64 // bytes
	done     atomic.Int64
	told     int64 // what Progress was called with; under progress
}

type inode struct{ dev, ino uint64 }

// linked is a file that has or may get further names.
type linked struct {
	contents *Entry // that an earlier state of is kept, or the first one
	path     string // where it was made; "" before
	id       inode
}

// fill writes everything below the root, and the metadata of folders last, the
// deepest first, since writing into a folder changes its time.
func (f *filler) fill() error {
	f.parent, f.buf = folder{fd: -1}, make([]byte, maxXattr)
	defer f.leave()
	entries := f.inOrder()
	if err := f.makeAll(entries); err != nil {
		return err
	}
	for _, e := range slices.Backward(entries) {
		if !e.IsDir() || e.Path == "/" {
			continue
		}
		if err := f.folder(e, f.folderMetadata); err != nil {
			return err
		}
	}
	return nil
}

// inOrder returns all entries sorted by folder, then name, so that those of one
// folder follow each other and folders come before what they hold.
func (f *filler) inOrder() []*Entry {
	list := make([]*Entry, 0, len(f.m.entries))
	f.linked = map[inode]linked{}
	for _, e := range f.m.entries {
		list = append(list, e)
		f.plan(e)
	}
	slices.SortFunc(list, func(a, b *Entry) int {
		i, j := strings.LastIndexByte(a.Path, '/'), strings.LastIndexByte(b.Path, '/')
		if c := strings.Compare(a.Path[:i], b.Path[:j]); c != 0 {
			return c
		}
		return strings.Compare(a.Path[i:], b.Path[j:])
	})
	return list
}

// plan counts an entry's bytes and notes which of a file's names says what it
// holds: the one whose earlier state was kept.
func (f *filler) plan(e *Entry) {
	if !e.IsFile() {
		return
	}
	if e.Stat.Nlink < 2 {
		f.all += e.Stat.Size
		return
	}
	id := inode{e.Stat.Dev, e.Stat.Ino}
	old := f.linked[id].contents
	if old == nil {
		f.all += e.Stat.Size
	}
	if old == nil || old.Copy == "" && e.Copy != "" || (old.Copy == "") == (e.Copy == "") && e.Path < old.Path {
		f.linked[id] = linked{contents: e}
	}
}

// makeAll makes every entry, and lets copiers fill the files.
func (f *filler) makeAll(entries []*Entry) error {
	p := f.startPool()
	var err error
	for _, e := range entries {
		if err = context.Cause(f.ctx); err == nil {
			err = f.make(e, p)
		}
		if err != nil {
			err = failed(e.Path, err)
			break
		}
	}
	return p.end(err)
}

// make makes one entry. Folders get their metadata later.
func (f *filler) make(e *Entry, p *pool) error {
	if e.Path == "/" {
		return nil
	}
	in, name := split(e.Path)
	dir, err := f.enter(in)
	if err != nil {
		return err
	}
	switch e.format() {
	case unix.S_IFDIR:
		return f.makeFolder(dir, name, e)
	case unix.S_IFLNK:
		err = f.symlink(e.Target, dir.fd, name, e.Path)
	case unix.S_IFREG:
		return f.makeFile(dir, name, e, p)
	default:
		err = f.mknod(dir.fd, name, e.format()|0o600, e.Stat.Rdev, e.Path)
	}
	if err != nil {
		return err
	}
	return f.setNodeMetadata(dir, name, e, f.buf)
}

func (f *filler) makeFolder(dir folder, name string, e *Entry) error {
	if err := f.mkdir(dir.fd, name, 0o700, e.Path); err != nil {
		return err
	}
	d, id, err := f.openMade(dir, name, 0o700)
	if err != nil {
		return err
	}
	f.close(d.fd)
	f.made[e.Path], f.known[id] = id, true
	return nil
}

// makeFile makes a regular file for a copier, or another name of one. It may
// have its final permissions at once: the folder around all keeps others out.
func (f *filler) makeFile(dir folder, name string, e *Entry, p *pool) error {
	l, several := linked{}, e.Stat.Nlink > 1
	if several {
		l = f.linked[inode{e.Stat.Dev, e.Stat.Ino}]
	}
	if l.path != "" {
		return f.hardLink(l, dir, name, e)
	}
	j := job{Entry: e}
	if several {
		j.Entry = l.contents
	}
	var err error
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL
	if j.fd, err = f.open(dir.fd, name, flags, j.Stat.Mode&0o777, e.Path); err != nil {
		return err
	}
	if err := f.stat(j.fd, &j.st, e.Path); err != nil {
		f.close(j.fd)
		return err
	}
	if several {
		f.linked[inode{e.Stat.Dev, e.Stat.Ino}] = linked{l.contents, e.Path, inode{j.st.Dev, j.st.Ino}}
	}
	return p.put(j)
}

// hardLink gives a file that was made before another name.
func (f *filler) hardLink(l linked, dir folder, name string, e *Entry) error {
	in, old := split(l.path)
	from, err := f.openFolder(in)
	if err != nil {
		return err
	}
	defer f.close(from.fd)
	if err := f.link(from.fd, old, dir.fd, name, e.Path); err != nil {
		return err
	}
	var st unix.Stat_t
	if err := f.lstat(dir.fd, name, &st, e.Path); err != nil {
		return err
	}
	if (inode{st.Dev, st.Ino}) != l.id {
		return &ReplacedError{l.path}
	}
	return nil
}

// enter opens the folder at p below the root, unless it is open already.
func (f *filler) enter(p string) (folder, error) {
	if f.parent.fd >= 0 && f.parent.path == p {
		return f.parent, nil
	}
	dir, err := f.openFolder(p)
	if err != nil {
		return dir, err
	}
	f.leave()
	f.parent = dir
	return dir, nil
}

func (f *filler) leave() {
	if f.parent.fd >= 0 {
		f.close(f.parent.fd)
		f.parent.fd = -1
	}
}

// openFolder opens the folder at p below the root. A link that another process
// put on the way may be followed, but what is opened must be what was made.
func (f *filler) openFolder(p string) (folder, error) {
	d := folder{path: p}
	var err error
	if d.fd, err = f.open(f.root.fd, relative(p), readFolder, 0, p); err != nil {
		return d, err
	}
	var st unix.Stat_t
	if err = f.stat(d.fd, &st, p); err == nil && (inode{st.Dev, st.Ino}) != f.made[p] {
		err = &ReplacedError{p}
	}
	if err != nil {
		f.close(d.fd)
	}
	return d, err
}

// folder opens the folder of an entry and does something to it.
func (f *filler) folder(e *Entry, do func(folder, *Entry) error) error {
	dir, err := f.openFolder(e.Path)
	if err == nil {
		err = do(dir, e)
		f.close(dir.fd)
	}
	return failed(e.Path, err)
}

// failed names what could not be written, unless err does.
func failed(path string, err error) error {
	if err == nil || namesPath(err) {
		return err
	}
	return fmt.Errorf("write %s: %w", path, err)
}

func namesPath(err error) bool {
	var changed *ChangedError
	var replaced *ReplacedError
	return errors.As(err, &changed) || errors.As(err, &replaced)
}

// folderMetadata sets what a folder has besides its contents.
func (f *filler) folderMetadata(dir folder, e *Entry) error {
	var st unix.Stat_t
	if err := f.stat(dir.fd, &st, e.Path); err != nil {
		return err
	}
	if e.Source == "" {
		return f.setMetadata(dir.fd, e, &st, nil, f.buf)
	}
	src, err := f.open(f.source.fd, relative(e.Source), readFolder, 0, e.Source)
	switch {
	case errors.Is(err, unix.EACCES) && f.proc: // may be walked, but not read
		return f.setMetadata(dir.fd, e, &st, &attributed{proc: procFD(f.source.fd) + e.Source}, f.buf)
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return &ChangedError{e.Source, true}
	case err != nil:
		return fmt.Errorf("read %s: %w", e.Source, err)
	}
	defer f.close(src)
	return f.setMetadata(dir.fd, e, &st, &attributed{fd: src}, f.buf)
}

// folderTime sets the time of a folder again.
func (f *filler) folderTime(dir folder, e *Entry) error {
	return f.utimes(dir.fd, f.times(e), e.Path)
}

func (f *filler) report() *Report {
	r := &Report{Files: len(f.m.entries), Bytes: f.all, NoProc: f.lost.links, NoOwner: f.lost.owner, NoXattr: f.lost.xattr}
	slices.Sort(r.NoOwner)
	slices.Sort(r.NoXattr)
	r.NoOwner, r.NoXattr = slices.Compact(r.NoOwner), slices.Compact(r.NoXattr)
	return r
}

// A pool is the copiers at work.
type pool struct {
	f      *filler
	jobs   chan []job
	used   chan []job // batches to be used again
	batch  []job
	made   int
	sync   chan struct{} // asks for an early sync
	wait   sync.WaitGroup
	failed atomic.Pointer[error]
	alone  *copier // instead, one that works at once
}

// Files are handed over in batches, so that small ones cost less, and so few
// that the descriptors of all that are open are far from any limit.
const (
	batchSize  = 16
	maxCopiers = 4
)

func (f *filler) startPool() *pool {
	p := &pool{f: f}
	if f.opt.oneByOne {
		p.alone = f.newCopier()
		return p
	}
	n := min(maxCopiers, max(2, runtime.NumCPU()))
	p.jobs, p.used, p.sync = make(chan []job, n), make(chan []job, 2*n+1), make(chan struct{}, 1)
	p.wait.Go(p.syncEarly)
	for range n {
		p.wait.Go(func() {
			c := f.newCopier()
			defer c.end()
			for batch := range p.jobs {
				p.fill(c, batch)
				p.used <- batch[:0]
			}
		})
	}
	return p
}

// filesPerSync is after how many files the disk is to begin.
const filesPerSync = 2000

// syncEarly writes to the disk what is there when it is asked to, so that the
// sync at the end finds little to do. An error must be kept, since the kernel
// tells it once.
func (p *pool) syncEarly() {
	for range p.sync {
		if err := p.f.syncfs(p.f.root.fd, p.f.root.path); err != nil {
			p.fail(failed(p.f.root.path, err))
		}
	}
}

// fail notes what failed first.
func (p *pool) fail(err error) { p.failed.CompareAndSwap(nil, &err) }

// fill fills the files of a batch, or, when something has failed, closes them.
func (p *pool) fill(c *copier, batch []job) {
	for i := range batch {
		if p.failed.Load() != nil {
			c.close(batch[i].fd)
			continue
		}
		if err := c.fill(&batch[i]); err != nil {
			p.fail(err)
		}
	}
}

// put hands a file to a copier. It fails when an earlier one failed.
func (p *pool) put(j job) error {
	if p.alone != nil {
		return p.alone.fill(&j)
	}
	if p.made++; p.made%filesPerSync == 0 {
		select {
		case p.sync <- struct{}{}:
		default: // one is wanted already
		}
	}
	p.batch = append(p.batch, j)
	if len(p.batch) == batchSize || j.Stat.Size > chunk {
		p.flush()
	}
	if p.failed.Load() != nil {
		return errStopped
	}
	return nil
}

var errStopped = errors.New("another file failed")

func (p *pool) flush() {
	if len(p.batch) == 0 {
		return
	}
	p.jobs <- p.batch
	select {
	case p.batch = <-p.used:
	default:
		p.batch = make([]job, 0, batchSize)
	}
}

// end waits for the copiers and returns the first failure: err is the maker's.
func (p *pool) end(err error) error {
	if p.alone != nil {
		p.alone.end()
		return err
	}
	if err != nil && !errors.Is(err, errStopped) {
		p.fail(err)
	}
	p.flush()
	close(p.jobs)
	close(p.sync)
	p.wait.Wait()
	if failed := p.failed.Load(); failed != nil {
		return *failed
	}
	return nil
}
