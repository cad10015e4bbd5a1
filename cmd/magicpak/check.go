package main

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/elfdeps"
	"magicpak/rootfs"
)

// A lostError reports a library that a program would not find in the bundle, or
// of which it would find another file than it does here.
type lostError struct {
	Program  string // in the bundle
	Name     string
	Here     string // path at which the loader finds it here
	There    string // path in the bundle that it would find instead, "" for none
	Searched []elfdeps.Search
}

func (e *lostError) Error() string {
	if e.There != "" {
		return fmt.Sprintf("%s would load %s from %s in the bundle: it is another file than %s here", e.Program, e.Name, e.There, e.Here)
	}
	return fmt.Sprintf("%s would not find %s in the bundle: here it is %s", e.Program, e.Name, e.Here)
}

// checkRounds bounds how often what is lost is listed for the loader and the
// bundle looked at again: a library that is found at last may need another one.
const checkRounds = 50

// checkClosure resolves each program once more with the bundle as its root and
// an empty environment, as the container's loader will. Each library must be the
// same file as here. What is not gets listed in a loader cache or path file of
// the bundle's own; what then still is not refuses the bundle.
func (b *bundling) checkClosure() error {
	for range checkRounds {
		lost, err := b.lost()
		if err != nil || len(lost) == 0 {
			return err
		}
		grown, err := b.listLost(lost)
		if err != nil {
			return err
		}
		if !grown {
			return joinLost(b.withoutImplied(lost))
		}
	}
	return fmt.Errorf("check the bundle's libraries: no end after %d rounds", checkRounds)
}

// A loss is a library that a program does not find in the bundle.
type loss struct {
	lostError
	program *program
	lib     *elfdeps.Library
}

// lost checks every program that --exclude did not take away.
func (b *bundling) lost() ([]loss, error) {
	r := &elfdeps.Resolver{Root: b.manifest, Loader: b.resolver.Loader, Opens: b.resolver.Opens}
	var list []loss
	for i := range b.programs {
		p := &b.programs[i]
		if b.manifest.Entry(p.walked) == nil {
			continue
		}
		r.Cwd = b.startsIn(p)
		l, err := b.lostBy(r, p)
		if err != nil {
			return nil, err
		}
		list = append(list, l...)
	}
	return list, nil
}

// startsIn returns the folder that p must be started in for its loader to find
// something by a relative path, which no cache can mend; "" where there is none.
func (b *bundling) startsIn(p *program) string {
	for _, libs := range [][]elfdeps.Library{p.res.Libraries, p.res.Dlopened} {
		for _, l := range libs {
			if strings.Contains(l.Name, "/") && !strings.HasPrefix(l.Name, "/") && l.Kind != elfdeps.Preload {
				b.warnOnce(fmt.Sprintf("%s is found only where %s is started in %s, since it is named by a relative path: make that the container's working directory", l.Name, p.dest, b.resolver.Cwd))
				return b.resolver.Cwd
			}
		}
	}
	return ""
}

// lostBy compares what the loader maps for p here and in the bundle, by name.
func (b *bundling) lostBy(r *elfdeps.Resolver, p *program) ([]loss, error) {
	there, err := r.Resolve(p.dest)
	if err != nil && !slices.ContainsFunc(p.res.Libraries, func(l elfdeps.Library) bool { return b.leftOut(l.Path) }) {
		return nil, fmt.Errorf("check the bundle: %w", err)
	}
	if err != nil {
		b.warnOnce(fmt.Sprintf("%s will not start in the bundle, because of --exclude: %s", p.dest, firstLine(describe(err))))
		return nil, nil
	}
	var list []loss
	for _, libs := range [][]elfdeps.Library{p.res.Libraries, p.res.Dlopened} {
		for i := range libs {
			if l := b.compare(p, &libs[i], there); l != nil {
				list = append(list, *l)
			}
		}
	}
	return list, nil
}

// compare returns nil when the loader maps the same file for lib in the bundle.
func (b *bundling) compare(p *program, lib *elfdeps.Library, there *elfdeps.Result) *loss {
	found := libraryNamed(there, lib.Name)
	switch {
	case lib.Kind == elfdeps.Preload || lib.How == elfdeps.HowAsked:
		return nil
	case found != nil && b.sameFile(lib.Path, found.Path):
		return nil
	case lib.NeededBy != p.path && b.leftOut(lib.NeededBy):
		return nil // with what needs it
	case b.leftOut(lib.Path):
		b.warnOnce(fmt.Sprintf("%s needs %s, which --exclude leaves out", lib.NeededBy, lib.Path))
		return nil
	}
	l := &loss{lostError{Program: p.dest, Name: lib.Name, Here: lib.Path}, p, lib}
	if found != nil {
		l.There = found.Path
	}
	for _, m := range there.Missing {
		if m.Name == lib.Name {
			l.Searched = m.Searched
		}
	}
	return l
}

// libraryNamed returns the library that was asked for by name.
func libraryNamed(res *elfdeps.Result, name string) *elfdeps.Library {
	for _, libs := range [][]elfdeps.Library{res.Libraries, res.Dlopened} {
		if i := slices.IndexFunc(libs, func(l elfdeps.Library) bool { return l.Name == name }); i >= 0 {
			return &libs[i]
		}
	}
	return nil
}

// sameFile tells whether path here and path there are one file of this root.
func (b *bundling) sameFile(here, there string) bool {
	h, err := rootfs.Stat(b.tree, here)
	if err != nil {
		return false
	}
	t, err := rootfs.Stat(b.manifest, there)
	return err == nil && sameInode(h.Stat, t.Stat)
}

func sameInode(a, b unix.Stat_t) bool { return a.Dev == b.Dev && a.Ino == b.Ino }

// leftOut tells whether --exclude took away the library at path, or something
// on the way to it. All libraries were in the manifest before.
func (b *bundling) leftOut(path string) bool {
	_, err := rootfs.Stat(b.manifest, path)
	return err != nil
}

// warnOnce warns unless it did with the same words.
func (b *bundling) warnOnce(msg string) {
	if !b.warned[msg] {
		b.warned[msg] = true
		slog.Warn(msg)
	}
}

// withoutImplied warns of what files lose that a rule brought, and returns the
// other losses.
func (b *bundling) withoutImplied(lost []loss) []loss {
	return slices.DeleteFunc(lost, func(l loss) bool {
		if l.program.implied {
			b.warnOnce(firstLine(l.Error()))
		}
		return l.program.implied
	})
}

func joinLost(lost []loss) error {
	errs := make([]error, len(lost))
	for i := range lost {
		errs[i] = &lost[i].lostError
	}
	return errors.Join(errs...)
}
