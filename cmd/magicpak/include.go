package main

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"magicpak/bundler"
	"magicpak/elfdeps"
)

// addIncluded adds what --include names, with the libraries of ELF files.
func (b *bundling) addIncluded() error {
	for _, glob := range b.include {
		paths, err := b.manifest.Include(glob)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			slog.Warn(fmt.Sprintf("--include %s matches nothing", glob))
		}
		limitMemory(b.manifest.Len())
	}
	plugins, err := b.plugins()
	if err != nil {
		return err
	}
	for _, file := range plugins {
		if err := errors.Join(context.Cause(b.ctx), b.addPlugin(file)); err != nil {
			return err
		}
	}
	b.warnUnmet()
	return nil
}

// included tells whether e is a file that an --include brought, itself or
// through a link in an included folder.
func included(e *bundler.Entry) bool {
	return e.IsFile() && slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool {
		return o.Kind == bundler.Included || o.Kind == bundler.OnTheWay
	})
}

// plugins returns the walked paths of included ELF files that were not added
// yet. Several files are looked into at once.
func (b *bundling) plugins() ([]string, error) {
	var files []string
	for e := range b.manifest.Entries() {
		if included(e) && !b.seen[e.Path] && e.Stat.Size >= elfHeader {
			files = append(files, e.Path)
		}
	}
	var group errgroup.Group
	parts := runtime.GOMAXPROCS(0)
	for part := range slices.Chunk(files, len(files)/parts+1) {
		group.Go(func() error { return b.keepELF(part) })
	}
	err := group.Wait()
	return slices.DeleteFunc(files, func(file string) bool { return file == "" }), err
}

// keepELF empties the names of what are no ELF files.
func (b *bundling) keepELF(files []string) error {
	for i, file := range files {
		is, err := b.isELF(file)
		if err = errors.Join(context.Cause(b.ctx), err); err != nil {
			return err
		}
		if !is {
			files[i] = ""
		}
	}
	return nil
}

// addIfELF does what addPlugin does for a file of the bundle that may be no ELF
// file.
func (b *bundling) addIfELF(file string) error {
	if e := b.manifest.Entry(file); e == nil || !e.IsFile() || e.Stat.Size < elfHeader {
		return nil
	}
	if is, err := b.isELF(file); err != nil || !is {
		return err
	}
	return b.addPlugin(file)
}

// addPlugin adds the libraries of an included ELF file. What it lacks is a
// warning: the file may be for something else than to be loaded.
func (b *bundling) addPlugin(file string) error {
	if b.seen[file] {
		return nil
	}
	b.seen[file] = true
	return b.addLibraries(program{path: file, dest: file, walked: file})
}

// isELF tells whether the file at a walked path begins as an ELF file does. Many
// files are asked, so that none is walked to again.
func (b *bundling) isELF(file string) (bool, error) {
	var head [len(elf.ELFMAG)]byte
	if _, err := b.tree.Head(file, head[:]); err != nil {
		return false, unreadable(file, err)
	}
	return string(head[:]) == elf.ELFMAG, nil
}

// elfHeader is the size of the smaller header, Elf32_Ehdr.
const elfHeader = 52

// An unmetNeed is a library that included files need and that is not found.
type unmetNeed struct {
	name string
	by   []string
}

// noteUnmet keeps what an included file lacks until all are known.
func (b *bundling) noteUnmet(missing []*elfdeps.NotFoundError) {
	for _, m := range missing {
		i := slices.IndexFunc(b.unmet, func(u unmetNeed) bool { return u.name == m.Name })
		if i < 0 {
			i = len(b.unmet)
			b.unmet = append(b.unmet, unmetNeed{name: m.Name})
		}
		if !slices.Contains(b.unmet[i].by, m.NeededBy) {
			b.unmet[i].by = append(b.unmet[i].by, m.NeededBy)
		}
	}
}

// warnUnmet warns of libraries that included files lack. One that is in the
// bundle elsewhere is no matter: the program that loads the file has it loaded
// before, as java has libjvm.so.
func (b *bundling) warnUnmet() {
	if len(b.unmet) == 0 {
		return
	}
	names := map[string]bool{}
	for e := range b.manifest.Entries() {
		names[path.Base(e.Path)] = true
	}
	for _, u := range b.unmet {
		level := slog.LevelWarn
		if names[u.name] {
			level = slog.LevelInfo
		}
		slog.Log(b.ctx, level, fmt.Sprintf("%s not found, needed by %s", u.name, some(u.by)))
	}
}

// leaveOut lets --exclude have the last word.
func (b *bundling) leaveOut() error {
	for _, glob := range b.exclude {
		paths, err := b.manifest.Exclude(glob)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			slog.Warn(fmt.Sprintf("--exclude %s matches nothing in the bundle%s", glob, relativeNote(glob)))
		}
		for _, p := range paths {
			slog.Info(p + "  left out by --exclude " + glob)
		}
	}
	return nil
}

// relativeNote says why a glob that starts nowhere matches nothing.
func relativeNote(glob string) string {
	if strings.HasPrefix(glob, "/") || strings.HasPrefix(glob, "*") || strings.HasPrefix(glob, "{") {
		return ""
	}
	return ": it is compared with absolute paths; **/ may stand before it"
}
