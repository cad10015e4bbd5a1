package elfdeps

import (
	"errors"
	"io/fs"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A fileID is what tells whether two paths are one file.
type fileID struct{ dev, ino uint64 }

// A file is a path that was looked at.
type file struct {
	place rootfs.Place
	err   error // of the walk: a unix.Errno
	*node
}

// A node is a file's contents, shared by all its paths.
type node struct {
	id     fileID
	size   int64
	header *header
	obj    *Object // nil when err is set
	err    error
}

// file looks at an absolute path, once.
func (r *Resolver) file(path string) *file {
	if f, ok := r.files[path]; ok {
		return f
	}
	if r.files == nil {
		r.files, r.nodes = map[string]*file{}, map[fileID]*node{}
		r.Root = rootfs.Cached(r.Root)
	}
	f := &file{}
	f.place, f.err = rootfs.Stat(r.Root, path)
	f.place.Steps = nil
	if f.err == nil {
		f.node, f.err = r.node(f.place)
	}
	f.err = errnoOf(f.err)
	r.files[path] = f
	return f
}

// errnoOf unwraps what a walk or an open failed with.
func errnoOf(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// node reads the file at place. The error is that of opening it; what is wrong
// with its contents is in the node.
func (r *Resolver) node(place rootfs.Place) (*node, error) {
	id := fileID{place.Stat.Dev, place.Stat.Ino}
	if n, ok := r.nodes[id]; ok {
		return n, nil
	}
	n := &node{id: id, size: place.Stat.Size}
	if err := r.read(n, place); err != nil {
		return nil, err
	}
	r.nodes[id] = n
	return n, nil
}

func (r *Resolver) read(n *node, place rootfs.Place) error {
	n.header = &header{}
	if place.Stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		n.err = unix.EISDIR
		return nil
	}
	if place.Stat.Mode&unix.S_IFMT != unix.S_IFREG {
		n.err = &fs.PathError{Op: "read", Path: place.Path, Err: errors.New("not a regular file")}
		return nil
	}
	f, err := r.Root.Open(place.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	m := newImage(f, place.Stat.Size)
	n.header, n.err = readHeader(m)
	if n.err == nil {
		n.err = n.header.check()
	}
	if n.err == nil {
		n.obj, n.err = readObject(m, n.header)
	}
	return nil
}

// dirOf returns the folder part of a path as it is written.
func dirOf(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 {
		return "/"[:i+1]
	}
	return path[:i]
}
