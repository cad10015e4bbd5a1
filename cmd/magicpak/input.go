package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// An inputError reports an INPUT that cannot be bundled.
type inputError struct {
	path   string
	reason string
	hint   string
}

func (e *inputError) Error() string { return e.path + ": " + e.reason }

// An explorer finds executables in one root.
type explorer struct {
	tree rootfs.Tree
	cwd  string // absolute in tree
	path string // PATH
}

// input returns the absolute path in the root of the executable that name
// means. Links on the way are not resolved, ".." is not cleaned.
func (x *explorer) input(name string) (string, error) {
	path := x.absolute(name)
	if strings.Contains(name, "/") {
		return path, x.checkExecutable(path)
	}
	place, err := rootfs.Stat(x.tree, path)
	if err == nil && !isDir(place) {
		return path, x.checkExecutable(path)
	}
	if found := x.onPath(name); found != "" {
		return found, nil
	}
	if err == nil {
		return "", errDirectory(path)
	}
	return "", &inputError{name, "no such file here, and no such command on PATH", "install it, or write the path of the executable"}
}

// absolute returns p as an absolute path in the root.
func (x *explorer) absolute(p string) string {
	if strings.HasPrefix(p, "/") {
		return p
	}
	return strings.TrimSuffix(x.cwd, "/") + "/" + strings.TrimPrefix(p, "./")
}

// onPath looks an executable up as execvp(3) does; an empty element of PATH is
// the working directory. It returns "" when there is none.
func (x *explorer) onPath(name string) string {
	for dir := range strings.SplitSeq(x.path, ":") {
		p := strings.TrimSuffix(x.absolute(dir), "/") + "/" + name
		if x.checkExecutable(p) == nil {
			return p
		}
	}
	return ""
}

// command returns the executable that env(1) starts for name.
func (x *explorer) command(name string) (string, error) {
	if strings.Contains(name, "/") {
		return x.absolute(name), nil
	}
	if p := x.onPath(name); p != "" {
		return p, nil
	}
	return "", &inputError{name, "no such command on PATH", "install it, or add its folder to PATH"}
}

// checkExecutable tells why the kernel would not execute the file at path.
func (x *explorer) checkExecutable(path string) error {
	place, err := rootfs.Stat(x.tree, path)
	switch {
	case errors.Is(err, unix.ENOENT):
		return x.missing(path)
	case err != nil:
		return err
	case isDir(place):
		return errDirectory(path)
	case place.Stat.Mode&unix.S_IFMT != unix.S_IFREG:
		return &inputError{path, "is neither a file nor a link to one", ""}
	case place.Stat.Mode&0o111 == 0:
		return &inputError{path, "is not executable", "chmod +x makes it so; what is only opened is added with --include"}
	}
	return nil
}

func errDirectory(path string) error {
	return &inputError{path, "is a directory", "INPUT is an executable; --include adds whole directories"}
}

// missing words the absence of path, which may be a link that leads nowhere.
func (x *explorer) missing(path string) error {
	place, err := rootfs.Lstat(x.tree, path)
	if err != nil {
		return &inputError{path, "no such file", ""}
	}
	target, err := x.tree.Readlink(place.Path)
	if err != nil {
		return err
	}
	return &inputError{path, fmt.Sprintf("is a symbolic link to %s, which is not there", target), ""}
}

func isDir(p rootfs.Place) bool { return p.Stat.Mode&unix.S_IFMT == unix.S_IFDIR }

// head returns the first n bytes of the file at path, fewer when it is shorter.
func (x *explorer) head(path string, n int) ([]byte, error) {
	f, _, err := rootfs.Open(x.tree, path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	defer f.Close()
	b := make([]byte, n)
	n, err = f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, unreadable(path, err)
	}
	return b[:n], nil
}

func unreadable(path string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("read %s: %w", path, err)
}

// environmentPath returns PATH, or what execvp(3) takes without one.
func environmentPath() string {
	if p, ok := os.LookupEnv("PATH"); ok {
		return p
	}
	return "/bin:/usr/bin"
}
