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
}

func (e *OutputError) Error() string { return e.Path + ": " + e.Reason }

// CheckOutput tells whether a bundle can be written to output: nothing is
// there, or an empty folder. It changes nothing.
func CheckOutput(output string) error {
	info, err := os.Lstat(output)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return checkAncestor(output)
	case err != nil:
		return fmt.Errorf("look at the output: %w", err)
	case info.Mode()&os.ModeSymlink != 0:
		return &OutputError{output, "is a symbolic link; the bundle would be written to another place"}
	case !info.IsDir():
		return &OutputError{output, "is a file"}
	}
	names, err := otherNames(output)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return &OutputError{output, fmt.Sprintf("is not empty: it holds %s", names[0])}
	}
	return nil
}

// checkAncestor tells whether the nearest ancestor of output that exists is a
// folder.
func checkAncestor(output string) error {
	for dir := filepath.Dir(output); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil:
			return &OutputError{output, dir + " is not a folder"}
		case !errors.Is(err, os.ErrNotExist):
			return fmt.Errorf("look at the output: %w", err)
		}
	}
}

// otherNames lists what the folder dir holds beside work folders.
func otherNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("look at the output: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !isWorkName(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

const workPrefix, workInfix = ".", ".magicpak-"

// isWorkName tells whether name is one that newWork gives.
func isWorkName(name string) bool {
	return strings.HasPrefix(name, workPrefix) && strings.Contains(name, workInfix)
}

// A work is a folder in which a bundle is built: hidden, locked by the process
// that uses it, and given away in one step.
type work struct {
	path string
	dir  *os.File // open and locked
}

// newWork makes a work folder in dir for a bundle called name, after removing
// those that killed runs left there.
func newWork(dir, name string) (*work, error) {
	if err := removeStale(dir); err != nil {
		return nil, err
	}
	path, err := os.MkdirTemp(dir, workPrefix+name+workInfix+"*")
	if err != nil {
		return nil, fmt.Errorf("make a work folder: %w", err)
	}
	w := &work{path: path}
	if w.dir, err = lock(path); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the work folder: %w", err), os.Remove(path))
	}
	return w, nil
}

// lock opens the folder at path and locks it until it is closed.
func lock(path string) (*os.File, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	dir := os.NewFile(uintptr(fd), path)
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		dir.Close()
		return nil, &os.PathError{Op: "flock", Path: path, Err: err}
	}
	return dir, nil
}

// removeStale removes the work folders in dir that no process holds a lock on.
func removeStale(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("look for work folders: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() || !isWorkName(e.Name()) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		held, err := lock(path)
		if err != nil {
			continue // in use, or another user's
		}
		err = removeAll(path)
		held.Close()
		if err != nil {
			return fmt.Errorf("remove what a killed run left: %w", err)
		}
	}
	return nil
}

// removeAll removes the tree at path, also where folders are not writable.
func removeAll(path string) error {
	err := os.RemoveAll(path)
	if !errors.Is(err, os.ErrPermission) {
		return err
	}
	walkErr := filepath.WalkDir(path, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			err = os.Chmod(p, 0o700)
		}
		return err
	})
	return errors.Join(walkErr, os.RemoveAll(path))
}

// close removes the work folder unless it was given away.
func (w *work) close() error {
	defer w.dir.Close()
	if w.path == "" {
		return nil
	}
	if err := removeAll(w.path); err != nil {
		return fmt.Errorf("remove the work folder: %w", err)
	}
	return nil
}
