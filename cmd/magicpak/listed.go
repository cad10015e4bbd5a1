package main

import (
	"fmt"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/rootfs"
	"magicpak/tracer"
)

// A listing is a folder whose names a run read.
type listing struct {
	dir    string
	first  int      // ordinal of the first reading
	opened int      // files in it that were opened or executed after that
	rest   []string // walked paths of the files in it that the run did not look at
	weight int64    // their sizes together
}

// Bounds of what is added to complete a listed folder.
const (
	maxListedFiles  = 64
	maxListedWeight = 1 << 20
)

// addListed completes the folders that runs listed and then opened files of: a
// program that goes through conf.d or a folder of plug-ins may want another one
// the next time. What is added is bounded, because an interpreter lists the
// folders of its library too: the rest of a folder comes along when it is small
// or when most of the folder was opened.
func (g *gathering) addListed() error {
	for _, l := range g.listings() {
		if err := g.look(l); err != nil {
			return err
		}
		switch {
		case l.opened == 0 || len(l.rest) == 0:
			continue
		case g.shared(l.dir) || !l.small() && l.opened < len(l.rest):
			slog.Info(fmt.Sprintf("%s was listed, and %d of its files opened; %d others are not bundled (--include '%s/*' adds them)", l.dir, l.opened, len(l.rest), strings.TrimSuffix(l.dir, "/")))
			continue
		}
		for _, p := range l.rest {
			if err := g.complete(l, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete adds a file of a listed folder, or a link with the file that it
// leads to.
func (g *gathering) complete(l *listing, p string) error {
	o := bundler.Origin{Kind: bundler.InListed, By: l.dir}
	if err := g.put(p, o); err != nil {
		return err
	}
	place, err := rootfs.Stat(g.tree, p)
	if err != nil || place.Path == p {
		return g.leftOut(p, err)
	}
	return g.put(place.Path, o)
}

func (l *listing) small() bool {
	return len(l.rest) <= maxListedFiles && l.weight <= maxListedWeight
}

// listings returns the folders that runs listed and that are in the manifest,
// with the numbers of files that were opened in them afterwards.
func (g *gathering) listings() []*listing {
	var list []*listing
	at := map[string]*listing{}
	for i := range g.profile.Accesses {
		a := &g.profile.Accesses[i]
		dir := string(a.Object)
		if a.Op != tracer.List || !g.added[dir] || a.Errno != 0 {
			continue
		}
		if l := at[dir]; l != nil {
			l.first = min(l.first, a.First)
			continue
		}
		at[dir] = &listing{dir: dir, first: a.First}
		list = append(list, at[dir])
	}
	opened := map[string]bool{}
	for i := range g.profile.Accesses {
		a := &g.profile.Accesses[i]
		p := string(a.Object)
		l := at[path.Dir(p)]
		if l != nil && (a.Op == tracer.Open || a.Op == tracer.Exec) && a.Type == unix.S_IFREG && a.Last > l.first && g.added[p] && !opened[p] {
			opened[p] = true
			l.opened++
		}
	}
	return list
}

// look finds what else the folder holds: files, and links to files. Hidden
// files are not meant by a program that goes through a folder, and may be
// secrets.
func (g *gathering) look(l *listing) error {
	names, err := g.tree.ReadDir(l.dir)
	if err != nil {
		return g.leftOut(l.dir, err)
	}
	for _, name := range names {
		p := path.Join(l.dir, name)
		if strings.HasPrefix(name, ".") || g.added[p] || g.made(p) || g.own(p) {
			continue
		}
		place, err := rootfs.Stat(g.tree, p)
		if err == nil && place.Stat.Mode&unix.S_IFMT == unix.S_IFREG {
			l.rest = append(l.rest, p)
			l.weight += place.Stat.Size
		}
	}
	return nil
}

// sharedDirs are folders that hold files of many programs. They are never
// completed, and neither are the home folder and those around the working
// directory.
var sharedDirs = []string{
	"/", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/root", "/home", "/opt", "/srv", "/tmp", "/run", "/var", "/mnt", "/media",
	"/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib",
	"/var/tmp", "/var/lib", "/var/cache", "/var/log",
}

func (g *gathering) shared(dir string) bool {
	home, _ := os.UserHomeDir()
	multiarch := path.Dir(dir) == "/usr/lib" && strings.Contains(path.Base(dir), "-linux-")
	return slices.Contains(sharedDirs, dir) || multiarch || dir == home || within(path.Dir(g.cwd), dir) && dir != g.cwd
}
