package elfdeps

import (
	"slices"
	"strings"

	"magicpak/rootfs"
)

// A glibc is the search of glibc's loader (elf/dl-load.c).
type glibc struct{ *run }

const preloadFile = "/etc/ld.so.preload"

// preload lists what LD_PRELOAD and /etc/ld.so.preload name. In secure mode
// LD_PRELOAD may name no paths.
func (g *glibc) preload() []Dep {
	var deps []Dep
	for _, name := range splitAny(g.Env.Preload, " :") {
		if name != "" && !(g.secure && strings.Contains(name, "/")) {
			deps = append(deps, Dep{Preload, name})
		}
	}
	b, err := rootfs.ReadFile(g.Root, preloadFile, 1<<20)
	if err != nil {
		return deps
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		for _, name := range splitAny(strings.TrimSuffix(line, "\n"), ": \t") {
			if name != "" {
				deps = append(deps, Dep{Preload, name})
			}
		}
	}
	return deps
}

// load is _dl_map_object: what is loaded already serves, else the name is
// searched for.
func (g *glibc) load(by *link, d Dep) (*link, error) {
	if d.Kind.tagged() && hasToken(d.Name) {
		if g.secure {
			return nil, &LoadError{d.Name, by.path, "DST not allowed in SUID/SGID programs"}
		}
		names := g.expand(by, d.Name)
		if len(names) == 0 {
			return nil, nil // expand_dst in dl-deps.c goes on to the next entry
		}
		d.Name = g.firstThere(names)
	}
	for _, l := range g.loaded {
		if l.answers(d.Name) {
			return l, nil
		}
	}
	s := &search{glibc: g, Dep: d, by: by, suid: g.secure && d.Kind == Preload}
	return s.run()
}

// firstThere returns the first of several paths at which there is a file, else
// the first.
func (g *glibc) firstThere(paths []string) string {
	for _, p := range paths {
		if g.file(g.absolute(p)).err == nil {
			return p
		}
	}
	return paths[0]
}

// answers tells whether name is one by which l is known: its path, a name by
// which it was asked for, or its soname.
func (l *link) answers(name string) bool {
	return slices.Contains(l.names, name) || l.obj.Soname == name && name != ""
}
