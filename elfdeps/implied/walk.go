package implied

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// maxFiles bounds the files that one rule brings.
const maxFiles = 200_000

// A gathering is a walk through what a rule brings.
type gathering struct {
	*Engine
	leave func(string) bool
	label string
	paths []string
	bytes int64
	links map[inode]bool
}

type inode struct{ dev, ino uint64 }

// gather lists all that b's paths and globs lead to, which was not gathered
// under the label before, and sums the files' sizes.
func (e *Engine) gather(b Brings, label string) ([]string, int64) {
	g := &gathering{Engine: e, leave: b.Leave, label: label, links: map[inode]bool{}}
	for _, p := range b.Paths {
		g.add(p)
	}
	for _, glob := range b.Globs {
		for _, p := range e.glob(glob) {
			g.add(p)
		}
	}
	return g.paths, g.bytes
}

// add adds what p leads to, and p itself where links are on the way.
func (g *gathering) add(p string) {
	place, err := rootfs.Stat(g.Root, p)
	if err != nil || g.leave != nil && g.leave(p) {
		return
	}
	if p != place.Path {
		g.paths = append(g.paths, g.fresh(g.label, []string{p})...)
	}
	g.walked(place.Path, place.Stat)
}

// walked adds the file or folder at a walked path. What others may not read is
// no part of a program but a secret, such as a private key: --include adds it.
func (g *gathering) walked(p string, st unix.Stat_t) {
	if len(g.paths) > maxFiles || len(g.fresh(g.label, []string{p})) == 0 {
		return
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		if st.Mode&0o004 == 0 {
			return
		}
		g.paths = append(g.paths, p)
		if id := (inode{st.Dev, st.Ino}); !g.links[id] {
			g.links[id] = true
			g.bytes += st.Size
		}
	case unix.S_IFDIR:
		g.paths = append(g.paths, p)
		names, err := g.Root.ReadDir(p)
		if err != nil {
			return
		}
		for _, name := range names {
			g.add(path.Join(p, name))
		}
	}
}

// glob returns the paths in the root that a pattern matches, component by
// component as path.Match does. A path without a pattern matches if it is there.
func (e *Engine) glob(pattern string) []string {
	found := []string{"/"}
	for c := range strings.SplitSeq(strings.Trim(pattern, "/"), "/") {
		var next []string
		for _, dir := range found {
			next = append(next, e.match(dir, c)...)
		}
		found = next
	}
	return found
}

// match returns the paths in dir whose names match c.
func (e *Engine) match(dir, c string) []string {
	if !strings.ContainsAny(c, `*?[`) {
		if p := path.Join(dir, c); e.exists(p) {
			return []string{p}
		}
		return nil
	}
	var list []string
	for _, name := range e.names(dir) {
		if ok, _ := path.Match(c, name); ok {
			list = append(list, path.Join(dir, name))
		}
	}
	return list
}

// names lists the folder that dir leads to; none when it is no folder.
func (e *Engine) names(dir string) []string {
	place, err := rootfs.Stat(e.Root, dir)
	if err != nil || place.Stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	names, _ := e.Root.ReadDir(place.Path)
	return names
}

func (e *Engine) exists(p string) bool {
	_, err := rootfs.Stat(e.Root, p)
	return err == nil
}

func (e *Engine) isDir(p string) bool {
	place, err := rootfs.Stat(e.Root, p)
	return err == nil && place.Stat.Mode&unix.S_IFMT == unix.S_IFDIR
}

// walkedPath returns what p leads to, "" where it leads nowhere.
func (e *Engine) walkedPath(p string) string {
	place, err := rootfs.Stat(e.Root, p)
	if err != nil {
		return ""
	}
	return place.Path
}

// text returns a small text file, "" where there is none.
func (e *Engine) text(p string) string {
	b, _ := rootfs.ReadFile(e.Root, p, 1<<20)
	return string(b)
}

// isELF tells whether the file at p is an ELF file for the machine, and whether
// it is a shared object: it has no interpreter's place to be started at.
func (e *Engine) isELF(p string, id Ident) bool {
	f, place, err := rootfs.Open(e.Root, p)
	if err != nil {
		return false
	}
	defer f.Close()
	b := make([]byte, 20)
	if n, _ := f.ReadAt(b, 0); n < len(b) || place.Stat.Mode&unix.S_IFMT != unix.S_IFREG || string(b[:4]) != "\x7fELF" {
		return false
	}
	machine := uint16(b[18]) | uint16(b[19])<<8
	if b[5] == 2 { // ELFDATA2MSB
		machine = uint16(b[19]) | uint16(b[18])<<8
	}
	return b[4] == id.Class && b[5] == id.Data && machine == id.Machine
}

// nameIn returns a filter that leaves out files and folders of these names.
func nameIn(globs ...string) func(string) bool {
	return func(p string) bool { return matches(globs, path.Base(p)) }
}
