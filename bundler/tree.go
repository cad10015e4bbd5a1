package bundler

import (
	"bytes"
	"io/fs"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// Lstat implements [rootfs.Tree].
func (m *Manifest) Lstat(p string) (unix.Stat_t, error) {
	e := m.entries[p]
	if e == nil {
		return unix.Stat_t{}, &fs.PathError{Op: "lstat", Path: p, Err: unix.ENOENT}
	}
	return e.Stat, nil
}

// Readlink implements [rootfs.Tree].
func (m *Manifest) Readlink(p string) (string, error) {
	e := m.entries[p]
	switch {
	case e == nil:
		return "", &fs.PathError{Op: "readlink", Path: p, Err: unix.ENOENT}
	case !e.IsLink():
		return "", &fs.PathError{Op: "readlink", Path: p, Err: unix.EINVAL}
	}
	return e.Target, nil
}

// Open implements [rootfs.Tree]: it opens what the entry will be made from.
func (m *Manifest) Open(p string) (rootfs.File, error) {
	e := m.entries[p]
	switch {
	case e == nil:
		return nil, &fs.PathError{Op: "open", Path: p, Err: unix.ENOENT}
	case e.Copy != "":
		return rootfs.Dir("/").Open(e.Copy)
	case e.Source == "":
		return content{bytes.NewReader(e.Content)}, nil
	}
	return m.source.Open(e.Source)
}

// content is an open file that magicpak makes.
type content struct{ *bytes.Reader }

func (content) Close() error { return nil }

// ReadDir implements [rootfs.Tree].
func (m *Manifest) ReadDir(p string) ([]string, error) {
	if e := m.entries[p]; e == nil || !e.IsDir() {
		return nil, &fs.PathError{Op: "readdir", Path: p, Err: unix.ENOTDIR}
	}
	var names []string
	for q := range m.entries {
		if q != "/" && path.Dir(q) == p {
			names = append(names, path.Base(q))
		}
	}
	slices.Sort(names)
	return names, nil
}
