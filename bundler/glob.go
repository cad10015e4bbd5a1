package bundler

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// Include adds what glob matches in the source: files, folders with all they
// hold, links with what they lead to. A glob is absolute and may use ** and
// {a,b}; where a file has exactly that name it is meant, and then it may be a
// special file. Include returns the paths that matched, sorted; none is no error.
func (m *Manifest) Include(glob string) ([]string, error) {
	paths, err := m.match(glob)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if err := m.include(p, Origin{Kind: Included, Detail: glob}); err != nil {
			return nil, fmt.Errorf("include %s: %w", p, err)
		}
	}
	return paths, nil
}

func (m *Manifest) include(p string, o Origin) error {
	place, err := rootfs.Lstat(m.source, p)
	if err != nil {
		return err
	}
	switch place.Stat.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		return m.linkAndTree(p, place, o)
	case unix.S_IFREG, unix.S_IFDIR:
		return m.tree(place, o)
	}
	return m.special(p, place, o)
}

// linkAndTree adds the link at place, and all that p, its name, leads to.
func (m *Manifest) linkAndTree(p string, place rootfs.Place, o Origin) error {
	if err := m.place(place, o); err != nil {
		return err
	}
	if _, err := rootfs.Stat(m.source, p); err != nil {
		if loop := (*rootfs.LoopError)(nil); errors.As(err, &loop) {
			return err
		}
		m.note(place.Path, "link that leads nowhere: "+errText(err))
		return nil
	}
	return m.AddTree(p, Origin{Kind: OnTheWay, By: place.Path})
}

// special adds the special file that p names if the glob is just that.
func (m *Manifest) special(p string, place rootfs.Place, o Origin) error {
	if p != o.Detail {
		return m.tree(place, o)
	}
	m.notes = slices.DeleteFunc(m.notes, func(n Note) bool { return n == Note{place.Path, specialLeftOut} })
	return m.place(place, o)
}

// match returns the paths in the source that glob matches.
func (m *Manifest) match(glob string) ([]string, error) {
	if _, err := rootfs.Lstat(m.source, glob); err == nil {
		return []string{glob}, nil
	}
	found, err := doublestar.Glob(sourceFS{m.source}, strings.TrimLeft(glob, "/"), doublestar.WithNoFollow())
	if err != nil {
		return nil, fmt.Errorf("match %s: %w", glob, err)
	}
	for i, p := range found {
		found[i] = "/" + p
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// A sourceFS shows a tree to doublestar. Unlike other file systems it takes
// names that are not UTF-8.
type sourceFS struct{ rootfs.Tree }

// Open is not called by doublestar: all it wants are Stat and ReadDir.
func (f sourceFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
}

func (f sourceFS) Stat(name string) (fs.FileInfo, error) {
	place, err := rootfs.Stat(f.Tree, "/"+name)
	if err != nil {
		return nil, err
	}
	return dirEntry{path.Base(name), place.Stat}, nil
}

// Lstat implements the part of [fs.ReadLinkFS] that doublestar uses.
func (f sourceFS) Lstat(name string) (fs.FileInfo, error) {
	place, err := rootfs.Lstat(f.Tree, "/"+name)
	if err != nil {
		return nil, err
	}
	return dirEntry{path.Base(name), place.Stat}, nil
}

func (f sourceFS) ReadDir(name string) ([]fs.DirEntry, error) {
	place, err := rootfs.Stat(f.Tree, "/"+name)
	if err != nil {
		return nil, err
	}
	names, err := f.Tree.ReadDir(place.Path)
	if err != nil {
		return nil, err
	}
	var list []fs.DirEntry
	for _, n := range names {
		if st, err := f.Tree.Lstat(join(place.Path, n)); err == nil {
			list = append(list, dirEntry{n, st})
		}
	}
	return list, nil
}

// A dirEntry is a file as io/fs describes it.
type dirEntry struct {
	name string
	st   unix.Stat_t
}

func (d dirEntry) Name() string               { return d.name }
func (d dirEntry) Size() int64                { return d.st.Size }
func (d dirEntry) IsDir() bool                { return d.Mode().IsDir() }
func (d dirEntry) Type() fs.FileMode          { return d.Mode().Type() }
func (d dirEntry) Info() (fs.FileInfo, error) { return d, nil }
func (d dirEntry) Sys() any                   { return nil }
func (d dirEntry) ModTime() time.Time         { return time.Unix(d.st.Mtim.Unix()) }

// Mode returns the permissions and whether this is a folder, a link or else.
func (d dirEntry) Mode() fs.FileMode {
	perm := fs.FileMode(d.st.Mode & 0o777)
	switch d.st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return perm | fs.ModeDir
	case unix.S_IFLNK:
		return perm | fs.ModeSymlink
	case unix.S_IFREG:
		return perm
	}
	return perm | fs.ModeIrregular
}

// Exclude takes out of the manifest what glob matches: by its path in the
// bundle, also where the folders that the glob begins with are links there. A
// folder goes with all it holds. Links and folders that were only on the way to
// what goes, go too; another link to it stays and leads nowhere. It returns the
// paths that matched, sorted.
func (m *Manifest) Exclude(glob string) ([]string, error) {
	gone := map[string]bool{}
	for _, g := range m.spellings(glob) {
		for p := range m.entries {
			ok, err := doublestar.Match(g, p)
			if err != nil {
				return nil, fmt.Errorf("match %s: %w", glob, err)
			}
			if (ok || p == g) && p != "/" {
				gone[p] = true
			}
		}
	}
	m.remove(gone)
	m.prune()
	return slices.Sorted(maps.Keys(gone)), nil
}

// spellings returns glob, and glob with the folders that it begins with walked
// through the bundle's links.
func (m *Manifest) spellings(glob string) []string {
	list := []string{glob}
	base, rest := doublestar.SplitPattern(glob)
	if place, err := rootfs.Stat(m, base); err == nil && place.Path != base {
		list = append(list, join(place.Path, rest))
	}
	return list
}

// remove takes out the entries at gone and what is below them.
func (m *Manifest) remove(gone map[string]bool) {
	m.sorted = nil
	maps.DeleteFunc(m.entries, func(p string, _ *Entry) bool {
		for ; p != "/"; p = path.Dir(p) {
			if gone[p] {
				return true
			}
		}
		return false
	})
}

// prune takes out, until nothing changes, the links that were only on the way
// to something and now lead nowhere, and such folders that are empty.
func (m *Manifest) prune() {
	m.sorted = nil
	for {
		full := map[string]bool{"/": true}
		for p := range m.entries {
			full[path.Dir(p)] = true
		}
		before := len(m.entries)
		maps.DeleteFunc(m.entries, func(p string, e *Entry) bool {
			return e.onlyOnTheWay() && (e.IsDir() && !full[p] || e.IsLink() && !m.leads(p))
		})
		if len(m.entries) == before {
			return
		}
	}
}

func (m *Manifest) leads(p string) bool {
	_, err := rootfs.Stat(m, p)
	return err == nil
}

func (e *Entry) onlyOnTheWay() bool {
	return !slices.ContainsFunc(e.Origins, func(o Origin) bool { return o.Kind != OnTheWay })
}
