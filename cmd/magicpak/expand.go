package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/tracer"
)

// The values of --expand.
const (
	expandNone    = "none"
	expandDir     = "dir"
	expandPackage = "package"
)

// setExpand takes --expand, which completes what a run touched: there must be
// one. The environment speaks for all bundles, also those without a run.
func (p *plan) setExpand(mode string) error {
	if err := oneOf("expand", mode, expandNone, expandDir, expandPackage); err != nil {
		return err
	}
	p.expand = mode
	if mode == expandNone || p.dynamic != nil || len(p.profiles) > 0 {
		return nil
	}
	if os.Getenv((&option{name: "expand"}).variable()) != "" {
		p.expand = expandNone
		return nil
	}
	return &usageError{
		fmt.Sprintf("--expand %s completes what a run loaded a part of, and none is run", mode),
		"--dynamic runs the program, --profile takes a recorded run",
	}
}

// expandRuns completes what the runs loaded a part of, so that another run
// finds what is beside it.
func (b *bundling) expandRuns() error {
	b.startImplying()
	if b.gathered == nil || b.expand == expandNone {
		return nil
	}
	before := b.manifestBytes()
	var err error
	if b.expand == expandDir {
		err = b.expandTrees()
	} else {
		err = b.expandPackages()
	}
	if err != nil {
		return err
	}
	slog.Info(fmt.Sprintf("--expand %s added %s", b.expand, byteText(b.manifestBytes()-before)))
	return nil
}

// loaded returns the walked paths of the regular files that runs opened or
// executed and that were there before, sorted.
func (b *bundling) loaded() []string {
	files := map[string]bool{}
	for i := range b.gathered.profile.Accesses {
		a := &b.gathered.profile.Accesses[i]
		if p := string(a.Object); (a.Op == tracer.Open || a.Op == tracer.Exec) && a.Errno == 0 && a.Type == unix.S_IFREG && b.gathered.added[p] {
			files[p] = true
		}
	}
	return slices.Sorted(maps.Keys(files))
}

// expandTrees completes each folder of modules.
func (b *bundling) expandTrees() error {
	for _, p := range b.loaded() {
		f := b.implying.engine.Tree(p)
		if len(f.Paths) == 0 {
			continue
		}
		slog.Info(fmt.Sprintf("%s is one of %d files of %s modules, %s: all are added", p, len(f.Paths), f.Rule, byteText(f.Bytes)))
		o := bundler.Origin{Kind: bundler.Expanded, By: p}
		for _, q := range f.Paths {
			if b.gathered.made(q) || b.gathered.own(q) {
				continue
			}
			if err := b.addImpliedFile(q, o); err != nil {
				return err
			}
		}
		if err := context.Cause(b.ctx); err != nil {
			return err
		}
	}
	return nil
}

// sharedLibrary is how a shared library's file is named.
var sharedLibrary = regexp.MustCompile(`\.so(\.[0-9.]+)?$`)

// expandPackages completes each installed package of which the runs opened or
// executed a file that is no shared library.
func (b *bundling) expandPackages() error {
	db, err := b.packages()
	if err != nil {
		return fmt.Errorf("--expand package: %w", err)
	}
	done := map[string]bool{}
	for _, p := range b.loaded() {
		pkg := db.Owner(p)
		if pkg == "" || done[pkg] || sharedLibrary.MatchString(path.Base(p)) {
			continue
		}
		done[pkg] = true
		if err := b.expandPackage(pkg, p); err != nil {
			return err
		}
	}
	return nil
}

// expandPackage adds the package of the file p.
func (b *bundling) expandPackage(pkg, p string) error {
	db, err := b.packages()
	if err != nil {
		return err
	}
	files, err := db.Files(pkg)
	if err != nil {
		return err
	}
	before := b.manifestBytes()
	o := bundler.Origin{Kind: bundler.Expanded, By: p, Detail: pkg}
	for _, q := range files {
		if b.gathered.made(q) {
			continue
		}
		if err := b.addOwned(q, o); err != nil {
			return err
		}
	}
	slog.Info(fmt.Sprintf("%s is of package %s: all %d files of it are added, %s with libraries", p, pkg, len(files), byteText(b.manifestBytes()-before)))
	return context.Cause(b.ctx)
}
