package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"log/slog"
	"slices"

	"magicpak/bundler"
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
	}
	var files []string
	for e := range b.manifest.Entries() {
		if included(e) && !b.seen[e.Path] {
			files = append(files, e.Path)
		}
	}
	for _, path := range files {
		if err := b.addPlugin(path); err != nil {
			return err
		}
	}
	return nil
}

// included tells whether e is a file that an --include brought, itself or
// through a link in an included folder.
func included(e *bundler.Entry) bool {
	return e.IsFile() && slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool {
		return o.Kind == bundler.Included || o.Kind == bundler.OnTheWay
	})
}

// addPlugin adds the libraries of an included file, if it is an ELF file. What
// it lacks is a warning: the file may be for something else than to be loaded.
func (b *bundling) addPlugin(path string) error {
	b.seen[path] = true
	head, err := b.explorer.head(path, len(elf.ELFMAG))
	if err != nil || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return err
	}
	return b.addLibraries(program{path: path, dest: path, walked: path})
}

// leaveOut lets --exclude have the last word.
func (b *bundling) leaveOut() error {
	for _, glob := range b.exclude {
		paths, err := b.manifest.Exclude(glob)
		if err != nil {
			return err
		}
		if len(paths) == 0 {
			slog.Warn(fmt.Sprintf("--exclude %s matches nothing in the bundle", glob))
		}
		for _, path := range paths {
			b.excluded[path] = true
			slog.Info(path + "  left out by --exclude " + glob)
		}
	}
	return nil
}
