package bundler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Options are the surroundings of [Write].
type Options struct {
	Epoch    *int64                  // no time in the bundle is later; seconds since 1970
	Progress func(done, total int64) // called while files are copied, with bytes
}

// A Report says what [Write] wrote and what could not be kept.
type Report struct {
	Files   int      // entries of all types
	Bytes   int64    // of regular files, each hard-linked one once
	NoOwner []string // paths whose owner could not be set
	NoXattr []string // paths of which an extended attribute could not be set
}

// Write writes the bundle to output, which must pass [CheckOutput]. It is built
// in a work folder beside output and renamed into place when it is whole and on
// the disk; until then output stays as it was. Where that cannot be, because
// output is a mount point or its parent is not writable, the work folder is
// inside output and its contents are moved up at the end.
func Write(ctx context.Context, m *Manifest, output string, opt Options) (*Report, error) {
	if err := CheckOutput(output); err != nil {
		return nil, err
	}
	output, err := filepath.Abs(output)
	if err != nil {
		return nil, fmt.Errorf("find the output: %w", err)
	}
	made, err := makeParents(filepath.Dir(output))
	if err != nil {
		return nil, err
	}
	report, err := build(ctx, m, output, opt)
	if err != nil {
		removeEmpty(made)
		return nil, err
	}
	return report, nil
}

// makeParents makes dir and what is missing above it, and returns what it made,
// the deepest first.
func makeParents(dir string) (made []string, err error) {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Stat(d); err == nil {
			break
		}
		made = append(made, d)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the output's parent: %w", err)
	}
	return made, nil
}

// removeEmpty removes folders that were made for a bundle which failed.
func removeEmpty(dirs []string) {
	for _, d := range dirs {
		if os.Remove(d) != nil {
			return
		}
	}
}

// build fills a work folder and puts it in output's place.
func build(ctx context.Context, m *Manifest, output string, opt Options) (_ *Report, err error) {
	inside := mustFill(output)
	dir := filepath.Dir(output)
	if inside {
		dir = output
	}
	w, err := newWork(dir, filepath.Base(output))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	f := &filler{ctx: ctx, Manifest: m, root: w.dir, opt: opt, report: &Report{}, linked: map[inode]string{}}
	if err := f.fill(); err != nil {
		return nil, err
	}
	if err := unix.Syncfs(int(w.dir.Fd())); err != nil {
		return nil, fmt.Errorf("sync the bundle: %w", err)
	}
	if inside {
		return f.report, f.moveUp(w, output)
	}
	return f.report, w.giveTo(output)
}

// mustFill tells whether output is a folder that cannot be replaced.
func mustFill(output string) bool {
	var st, parent unix.Stat_t
	if unix.Lstat(output, &st) != nil || unix.Stat(filepath.Dir(output), &parent) != nil {
		return false
	}
	return st.Dev != parent.Dev || unix.Access(filepath.Dir(output), unix.W_OK|unix.X_OK) != nil || isMount(output)
}

// isMount tells whether something is mounted at path, which need not have
// another device number: a bind mount has its source's.
func isMount(path string) bool {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return false
	}
	return slices.ContainsFunc(strings.Split(string(b), "\n"), func(line string) bool {
		fields := strings.Fields(line)
		return len(fields) > 4 && fields[4] == path
	})
}

// giveTo renames the work folder to output and makes that last.
func (w *work) giveTo(output string) error {
	if err := unix.Rename(w.path, output); err != nil {
		return &os.PathError{Op: "rename the bundle to", Path: output, Err: err}
	}
	w.path = ""
	return syncDir(filepath.Dir(output))
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, unix.EINVAL) {
		return err
	}
	return nil
}

// moveUp moves what the work folder holds into output, in which it is. What
// fails is moved back to be removed with it.
func (f *filler) moveUp(w *work, output string) error {
	names, err := f.ReadDir("/")
	if err != nil {
		return err
	}
	for i, name := range names {
		err := unix.Rename(filepath.Join(w.path, name), filepath.Join(output, name))
		if err == nil {
			continue
		}
		for _, moved := range names[:i] {
			err = errors.Join(err, unix.Rename(filepath.Join(output, moved), filepath.Join(w.path, moved)))
		}
		return fmt.Errorf("fill %s: %w", output, err)
	}
	out, err := os.Open(output)
	if err != nil {
		return err
	}
	defer out.Close()
	f.root = out
	if err := f.folderMetadata(f.entries["/"]); err != nil {
		return err
	}
	return unix.Syncfs(int(out.Fd()))
}

// A filler writes the entries of a manifest below one open folder. Paths of
// entries are walked ones, so no folder on the way may be a link: each is
// opened by its name in the one before it, and links are not followed.
type filler struct {
	*Manifest
	ctx    context.Context
	root   *os.File
	opt    Options
	report *Report
	linked map[inode]string // where a file with several names was written first

	parent     *os.File // the folder opened last
	parentPath string
	done, all  int64 // bytes
}

type inode struct{ dev, ino uint64 }

// fill writes everything, then the metadata of folders, the deepest first,
// since writing into a folder changes its time.
func (f *filler) fill() error {
	defer f.closeParent()
	var folders []*Entry
	for e := range f.Entries() {
		f.all += e.Stat.Size
		if e.IsDir() {
			folders = append(folders, e)
		}
	}
	for e := range f.Entries() {
		if err := f.ctx.Err(); err != nil {
			return fmt.Errorf("write %s: %w", e.Path, context.Cause(f.ctx))
		}
		if err := f.entry(e); err != nil {
			return fmt.Errorf("write %s: %w", e.Path, err)
		}
		f.report.Files++
	}
	for _, e := range slices.Backward(folders) {
		if err := f.folderMetadata(e); err != nil {
			return fmt.Errorf("write %s: %w", e.Path, err)
		}
	}
	return nil
}

// entry writes one entry. Folders get their metadata later.
func (f *filler) entry(e *Entry) error {
	if e.Path == "/" {
		return nil
	}
	dir, err := f.openParent(path.Dir(e.Path))
	if err != nil {
		return err
	}
	name := path.Base(e.Path)
	switch e.format() {
	case unix.S_IFDIR:
		return unix.Mkdirat(dir, name, 0o700)
	case unix.S_IFLNK:
		return f.link(dir, name, e)
	case unix.S_IFREG:
		return f.file(dir, name, e)
	}
	return f.special(dir, name, e)
}

// openParent opens the folder at p below the root.
func (f *filler) openParent(p string) (int, error) {
	if f.parent != nil && f.parentPath == p {
		return int(f.parent.Fd()), nil
	}
	dir, err := f.open(p)
	if err != nil {
		return -1, err
	}
	f.closeParent()
	f.parent, f.parentPath = dir, p
	return int(dir.Fd()), nil
}

func (f *filler) closeParent() {
	if f.parent != nil {
		f.parent.Close()
		f.parent = nil
	}
}

// open opens the folder at p below the root name by name, following no link.
func (f *filler) open(p string) (*os.File, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat(int(f.root.Fd()), ".", flags, 0)
	for name := range strings.SplitSeq(p, "/") {
		if err != nil || name == "" {
			continue
		}
		var next int
		next, err = unix.Openat(fd, name, flags, 0)
		unix.Close(fd)
		fd = next
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: p, Err: err}
	}
	return os.NewFile(uintptr(fd), p), nil
}

func (f *filler) link(dir int, name string, e *Entry) error {
	if err := unix.Symlinkat(e.Target, dir, name); err != nil {
		return err
	}
	return f.nodeMetadata(dir, name, e)
}

func (f *filler) special(dir int, name string, e *Entry) error {
	if err := unix.Mknodat(dir, name, e.format()|0o600, int(e.Stat.Rdev)); err != nil {
		return fmt.Errorf("make the special file: %w", err)
	}
	if err := f.nodeMetadata(dir, name, e); err != nil {
		return err
	}
	return unix.Fchmodat(dir, name, e.Stat.Mode&0o7777, 0)
}

// nodeMetadata sets the owner and time of what is not opened.
func (f *filler) nodeMetadata(dir int, name string, e *Entry) error {
	err := unix.Fchownat(dir, name, int(e.Stat.Uid), int(e.Stat.Gid), unix.AT_SYMLINK_NOFOLLOW)
	if err := f.owner(e, err); err != nil {
		return err
	}
	return unix.UtimesNanoAt(dir, name, f.times(e), unix.AT_SYMLINK_NOFOLLOW)
}

// owner makes a note of an owner that may not be set.
func (f *filler) owner(e *Entry, err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EINVAL) {
		f.report.NoOwner = append(f.report.NoOwner, e.Path)
		return nil
	}
	if err != nil {
		return fmt.Errorf("set the owner: %w", err)
	}
	return nil
}

// times returns the access and modification time of e: the same, and none
// later than the epoch.
func (f *filler) times(e *Entry) []unix.Timespec {
	t := e.Stat.Mtim
	if f.opt.Epoch != nil && t.Sec >= *f.opt.Epoch {
		t = unix.Timespec{Sec: *f.opt.Epoch}
	}
	return []unix.Timespec{t, t}
}

// folderMetadata sets what a folder has besides its contents.
func (f *filler) folderMetadata(e *Entry) error {
	dir, err := f.open(e.Path)
	if err != nil {
		return err
	}
	defer dir.Close()
	var from *os.File
	if e.Source != "" {
		src, err := f.source.Open(e.Source)
		if err != nil {
			return err
		}
		defer src.Close()
		from, _ = src.(*os.File)
	}
	return f.metadata(dir, from, e)
}
