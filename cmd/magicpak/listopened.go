package main

import (
	"path"
	"slices"
	"strings"

	"magicpak/elfdeps"
	"magicpak/elfdeps/ldcache"
	"magicpak/rootfs"
)

// listOpened lists the libraries that runs opened from folders which the
// container's loader does not know by itself: those of LD_LIBRARY_PATH, and of
// ld.so.conf. The program may have named them without a path in dlopen(3), and
// no program's header says so, so that the closure check cannot see it.
func (g *gathering) listOpened(from int) error {
	var lost []loss
	for i := from; i < len(g.programs); i++ {
		p := &g.programs[i]
		o := p.res.Object
		if o.Interp != "" || o.Soname == "" || !g.searched(p) {
			continue
		}
		lib := &elfdeps.Library{Name: o.Soname, Path: p.path, Object: o}
		lost = append(lost, loss{lostError{Program: p.dest, Name: o.Soname, Here: p.path}, p, lib})
	}
	_, err := g.listLost(lost)
	return err
}

// searched tells whether p lies in a folder where its loader looks for names
// here, and not in a container.
func (g *gathering) searched(p *program) bool {
	dir := path.Dir(p.path)
	place, err := rootfs.Stat(g.tree, dir)
	if err != nil || p.res.Policy == nil {
		return false
	}
	same := func(other string) bool {
		o, err := rootfs.Stat(g.tree, other)
		return err == nil && o.Path == place.Path
	}
	if slices.ContainsFunc(p.res.Policy.Dirs, same) {
		return false
	}
	dirs := strings.FieldsFunc(g.libraryPath(), func(r rune) bool { return r == ':' || r == ';' })
	return slices.ContainsFunc(append(dirs, g.cacheDirs(p.res)...), same)
}

// loaderCacheLimit bounds what is read of this machine's loader cache.
const loaderCacheLimit = 64 << 20

// cacheDirs returns the folders of the libraries in the loader's cache here.
func (g *gathering) cacheDirs(res *elfdeps.Result) []string {
	at := res.Policy.Cache
	if dirs, known := g.dirsOfCache[at]; known || at == "" {
		return dirs
	}
	var dirs []string
	if data, err := rootfs.ReadFile(g.tree, at, loaderCacheLimit); err == nil {
		if c, err := ldcache.Parse(data, res.Object.ByteOrder()); err == nil {
			for _, e := range c.Entries {
				note(&dirs, path.Dir(e.Path))
			}
		}
	}
	g.dirsOfCache[at] = dirs
	return dirs
}
