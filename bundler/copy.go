package bundler

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ChangedError reports a source that did not stay the same while it was
// copied, several times.
type ChangedError struct{ Path string }

func (e *ChangedError) Error() string {
	return e.Path + " changed while it was copied, again and again"
}

// attempts is how often a file that changes meanwhile is copied.
const attempts = 4

// file writes a regular file: as a link where another name of the same file is
// in the bundle already.
func (f *filler) file(dir int, name string, e *Entry) error {
	id := inode{e.Stat.Dev, e.Stat.Ino}
	if first, ok := f.linked[id]; ok && e.Stat.Nlink > 1 {
		return f.hardLink(first, dir, name)
	}
	if e.Stat.Nlink > 1 {
		f.linked[id] = e.Path
	}
	for range attempts {
		err := f.copyFile(dir, name, e)
		if !errors.Is(err, errChanged) {
			return err
		}
		if err := unix.Unlinkat(dir, name, 0); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
		if e.Copy != "" {
			break
		}
		if e.Stat, err = f.source.Lstat(e.Source); err != nil {
			return err
		}
		if !e.IsFile() {
			break
		}
	}
	return &ChangedError{e.Source}
}

var errChanged = errors.New("source changed")

// hardLink gives the file at first, written before, another name.
func (f *filler) hardLink(first string, dir int, name string) error {
	from, err := f.open(path.Dir(first))
	if err != nil {
		return err
	}
	defer from.Close()
	return unix.Linkat(int(from.Fd()), path.Base(first), dir, name, 0)
}

// copyFile copies contents and metadata once; errChanged tells that the
// source was not what was planned, or is not any more.
func (f *filler) copyFile(dir int, name string, e *Entry) error {
	src, err := f.openSource(e)
	if err != nil {
		return err
	}
	defer src.Close()
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	dst := os.NewFile(uintptr(fd), e.Path)
	defer dst.Close()
	from, isFile := src.(*os.File)
	if isFile {
		err = f.copyData(dst, from, e.Stat.Size)
	} else {
		_, err = io.Copy(dst, bytes.NewReader(e.Content))
	}
	if err != nil {
		return err
	}
	if isFile && !unchanged(from, e) {
		return errChanged
	}
	f.report.Bytes += e.Stat.Size
	if err := f.metadata(dst, from, e); err != nil {
		return err
	}
	return dst.Close()
}

// openSource opens what e is made from and checks that it is what was planned.
func (f *filler) openSource(e *Entry) (io.Closer, error) {
	src, err := f.Open(e.Path)
	if errors.Is(err, unix.ELOOP) {
		return nil, errChanged
	}
	if err != nil {
		return nil, err
	}
	if from, ok := src.(*os.File); ok && !unchanged(from, e) {
		src.Close()
		return nil, errChanged
	}
	return src, nil
}

// unchanged tells whether the open file is the one that was planned.
func unchanged(file *os.File, e *Entry) bool {
	var st unix.Stat_t
	if unix.Fstat(int(file.Fd()), &st) != nil {
		return false
	}
	if e.Copy != "" {
		return st.Size == e.Stat.Size
	}
	return st.Dev == e.Stat.Dev && st.Ino == e.Stat.Ino && st.Size == e.Stat.Size && st.Mtim == e.Stat.Mtim && st.Mode == e.Stat.Mode
}

// copyData copies size bytes: shared with the source where the file system can
// do that, else the parts of the file that are no holes.
func (f *filler) copyData(dst, src *os.File, size int64) error {
	if unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) == nil {
		f.advance(size)
		return nil
	}
	if err := dst.Truncate(size); err != nil {
		return err
	}
	for at := int64(0); at < size; {
		start, end := nextData(src, at, size)
		f.advance(start - at)
		if err := f.copyRange(dst, src, start, end); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// nextData returns the next part of the file from at on that is no hole.
// Where the file system does not say, that is all.
func nextData(src *os.File, at, size int64) (start, end int64) {
	start, err := unix.Seek(int(src.Fd()), at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size
	}
	if err != nil {
		return at, size
	}
	if end, err = unix.Seek(int(src.Fd()), start, unix.SEEK_HOLE); err != nil {
		end = size
	}
	return min(start, size), min(end, size)
}

// chunk is how much is copied between looks at the context and at the clock.
const chunk = 4 << 20

// copyRange copies the bytes from start to end, in the kernel where it can.
func (f *filler) copyRange(dst, src *os.File, start, end int64) error {
	for start < end {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		in, out := start, start
		n, err := unix.CopyFileRange(int(src.Fd()), &in, int(dst.Fd()), &out, int(min(end-start, chunk)), 0)
		switch {
		case err == nil && n == 0:
			return errChanged // shorter than planned
		case err == nil:
		case errors.Is(err, unix.EINTR):
			continue
		case inKernel(err):
			return f.copyHere(dst, src, start, end)
		default:
			return fmt.Errorf("copy: %w", err)
		}
		start += int64(n)
		f.advance(int64(n))
	}
	return nil
}

// inKernel tells whether err says that the kernel cannot copy between these
// file systems by itself.
func inKernel(err error) bool {
	for _, errno := range []error{unix.EXDEV, unix.EINVAL, unix.ENOSYS, unix.EOPNOTSUPP, unix.EPERM, unix.ETXTBSY} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// copyHere copies through a buffer.
func (f *filler) copyHere(dst, src *os.File, start, end int64) error {
	buf := make([]byte, min(end-start, 256<<10))
	for start < end {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		n, err := src.ReadAt(buf[:min(end-start, int64(len(buf)))], start)
		if n == 0 {
			if errors.Is(err, io.EOF) {
				return errChanged
			}
			return fmt.Errorf("read: %w", err)
		}
		if _, err := dst.WriteAt(buf[:n], start); err != nil {
			return err
		}
		start += int64(n)
		f.advance(int64(n))
	}
	return nil
}

func (f *filler) advance(n int64) {
	f.done += n
	if f.opt.Progress != nil {
		f.opt.Progress(f.done, f.all)
	}
}

// metadata sets owner, mode, extended attributes and time, in the order in
// which one does not undo the other: a new owner clears set-ID bits and
// capabilities.
func (f *filler) metadata(dst, src *os.File, e *Entry) error {
	fd := int(dst.Fd())
	if err := f.owner(e, unix.Fchown(fd, int(e.Stat.Uid), int(e.Stat.Gid))); err != nil {
		return err
	}
	if err := unix.Fchmod(fd, e.Stat.Mode&0o7777); err != nil {
		return fmt.Errorf("set the mode: %w", err)
	}
	if src != nil {
		if err := f.xattrs(fd, int(src.Fd()), e); err != nil {
			return err
		}
	}
	times := f.times(e)
	if err := futimens(fd, times); err != nil {
		return fmt.Errorf("set the time: %w", err)
	}
	return nil
}

// futimens sets the times of an open file: utimensat(2) without a path, which
// the library's wrapper cannot say and which needs no /proc.
func futimens(fd int, times []unix.Timespec) error {
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times[0])), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// xattrs copies the extended attributes that the target takes.
func (f *filler) xattrs(dst, src int, e *Entry) error {
	names, err := xattrNames(src)
	if err != nil {
		return fmt.Errorf("list extended attributes: %w", err)
	}
	for _, name := range names {
		value, err := xattr(src, name)
		if err == nil {
			err = unix.Fsetxattr(dst, name, value, 0)
		}
		switch {
		case err == nil:
		case errors.Is(err, unix.ENODATA):
		case errors.Is(err, unix.EPERM), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EACCES), errors.Is(err, unix.EINVAL):
			f.report.NoXattr = append(f.report.NoXattr, e.Path)
		default:
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

func xattrNames(fd int) ([]string, error) {
	size, err := unix.Flistxattr(fd, nil)
	if errors.Is(err, unix.EOPNOTSUPP) || size == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	buf := make([]byte, size)
	n, err := unix.Flistxattr(fd, buf)
	if err != nil || n == 0 {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(buf[:n]), "\x00"), "\x00"), nil
}

func xattr(fd int, name string) ([]byte, error) {
	size, err := unix.Fgetxattr(fd, name, nil)
	if err != nil || size == 0 {
		return nil, err
	}
	buf := make([]byte, size)
	n, err := unix.Fgetxattr(fd, name, buf)
	return buf[:max(n, 0)], err
}
