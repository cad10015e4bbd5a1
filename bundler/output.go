package bundler

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// An OutputError refuses a place for the bundle.
type OutputError struct {
	Path   string
	Reason string
	Err    error // why it cannot be written to; nil when it is what is there
}

func (e *OutputError) Error() string { return e.Path + ": " + e.Reason }

// Unwrap returns the cause.
func (e *OutputError) Unwrap() error { return e.Err }

// An Output is a place where a bundle can be written: nothing is there, or an
// empty folder. It holds open the nearest folder that exists, so that the place
// stays the same when links on the way to it change. Make it with [OpenOutput].
type Output struct {
	path   string // as given
	base   folder // the nearest folder that exists
	inside bool   // base is the output itself, and is filled
	// below, else, are the names from base to the bundle. All but the last one,
	// its own, are folders to be made. That may be an empty folder.
	below []string
}

// OpenOutput finds a place for a bundle and changes nothing. Errors are
// [*OutputError] where the place will not do.
func OpenOutput(path string) (*Output, error) { return (&kernel{}).openOutput(path) }

// CheckOutput tells whether a bundle can be written to path.
func CheckOutput(path string) error {
	o, err := OpenOutput(path)
	if err != nil {
		return err
	}
	return o.Close()
}

// Close gives up the place.
func (o *Output) Close() error { return unix.Close(o.base.fd) }

func (k *kernel) openOutput(path string) (*Output, error) {
	o := &Output{path: path}
	dir, name := splitLast(path)
	if name == "" || name == "." || name == ".." {
		// Its name in the folder above is unknown, or is being used.
		if err := o.openInside(k, unix.AT_FDCWD, path); err != nil {
			return nil, err
		}
		return o, o.mayWrite(k)
	}
	if err := o.openBase(k, dir); err != nil {
		return nil, err
	}
	o.below = append(o.below, name)
	if err := o.look(k); err != nil {
		k.close(o.base.fd)
		return nil, err
	}
	return o, nil
}

// name is what work folders are called after.
func (o *Output) name() string {
	if o.inside {
		return filepath.Base(o.base.path)
	}
	return o.below[len(o.below)-1]
}

// splitLast splits a path before its last name. Slashes at its end are dropped.
func splitLast(path string) (dir, name string) {
	path = strings.TrimRight(path, "/")
	i := strings.LastIndexByte(path, '/')
	switch dir, name = strings.TrimRight(path[:i+1], "/"), path[i+1:]; {
	case i < 0 && path != "":
		return ".", name
	case dir == "":
		return "/", name // which is "" for the root, and for no path at all
	}
	return dir, name
}

// inCwd makes a path absolute. It is not cleaned: "link/.." is no way back.
func inCwd(path string) string {
	if cwd, err := os.Getwd(); err == nil && !strings.HasPrefix(path, "/") {
		return join(cwd, path)
	}
	return path
}

// openBase opens dir or the nearest folder above it that exists. Here links are
// followed: it is the user who names the way.
func (o *Output) openBase(k *kernel, dir string) error {
	for {
		fd, err := unix.Open(dir, readFolder|unix.O_CLOEXEC, 0)
		switch {
		case err == nil:
			o.base = folder{fd, inCwd(dir)}
			return nil
		case errors.Is(err, unix.ENOTDIR):
			return &OutputError{Path: o.path, Reason: dir + " is not a folder"}
		case !errors.Is(err, unix.ENOENT):
			return fmt.Errorf("open %s: %w", dir, err)
		}
		parent, name := splitLast(dir)
		if name == "" || name == "." || name == ".." {
			return fmt.Errorf("open %s: %w", dir, err)
		}
		o.below = append([]string{name}, o.below...)
		dir = parent
	}
}

// look judges what the first name in base is, on which all else depends.
func (o *Output) look(k *kernel) error {
	var st unix.Stat_t
	first := o.below[0]
	path := o.base.of(first)
	err := k.lstat(o.base.fd, first, &st, path)
	switch format := st.Mode & unix.S_IFMT; {
	case errors.Is(err, unix.ENOENT):
		return o.mayWrite(k)
	case err != nil:
		return fmt.Errorf("look at %s: %w", path, err)
	case len(o.below) > 1:
		return &OutputError{Path: o.path, Reason: path + " leads nowhere"}
	case format == unix.S_IFLNK:
		return &OutputError{Path: o.path, Reason: "is a symbolic link; the bundle would be written to another place"}
	case format != unix.S_IFDIR:
		return &OutputError{Path: o.path, Reason: "is a file"}
	}
	return o.lookInside(k, &st)
}

// mayWrite tells whether base can be written to.
func (o *Output) mayWrite(k *kernel) error {
	err := k.access(o.base.fd, ".", unix.W_OK|unix.X_OK, o.base.path)
	if err != nil {
		return &OutputError{o.path, fmt.Sprintf("%s is not writable: %s", o.base.path, errText(err)), err}
	}
	return nil
}

// lookInside judges the folder at the output, which st describes: it must be
// empty. If it cannot be replaced it will be filled.
func (o *Output) lookInside(k *kernel, st *unix.Stat_t) error {
	in := &Output{path: o.path, inside: true}
	if err := in.openInside(k, o.base.fd, o.below[0]); err != nil {
		return err
	}
	if replaceable, err := o.replaceable(k, in.base, st); err != nil || replaceable {
		k.close(in.base.fd)
		return err
	}
	k.close(o.base.fd)
	*o = *in
	return o.mayWrite(k)
}

// openInside makes the empty folder called name in dir the base to be filled.
func (o *Output) openInside(k *kernel, dir int, name string) error {
	o.inside, o.base.path = true, inCwd(o.path)
	var err error
	if o.base.fd, err = k.open(dir, name, readFolder, 0, o.path); err != nil {
		return fmt.Errorf("look at %s: %w", o.path, err)
	}
	if err = o.empty(k); err != nil {
		k.close(o.base.fd)
	}
	return err
}

// empty tells whether base is empty but for what a killed run left.
func (o *Output) empty(k *kernel) error {
	left, err := k.leftInside(o.base)
	if err == nil {
		err = k.names(o.base.fd, o.path, func(name string) error {
			if left[name] {
				return nil
			}
			return &OutputError{Path: o.path, Reason: "is not empty: it holds " + name}
		})
	}
	var refused *OutputError
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("look at %s: %w", o.path, err)
	}
	return err
}

// replaceable tells whether the folder in, which is the first name in base and
// which st describes, can give way to another one: no file system is mounted
// there, and this process may rename in base.
func (o *Output) replaceable(k *kernel, in folder, st *unix.Stat_t) (bool, error) {
	var here, above unix.Statx_t
	if err := errors.Join(k.statx(in.fd, &here, in.path), k.statx(o.base.fd, &above, o.base.path)); err != nil {
		return false, fmt.Errorf("look at %s: %w", o.path, err)
	}
	me := uint32(unix.Geteuid())
	sticky := above.Mode&unix.S_ISVTX != 0 && me != 0 && me != above.Uid && me != st.Uid
	return mountOf(&here) == mountOf(&above) && !sticky && o.mayWrite(k) == nil, nil
}
