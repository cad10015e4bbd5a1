package main

import (
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"magicpak/bundler"
	"magicpak/elfdeps"
	"magicpak/elfdeps/implied"
	"magicpak/rootfs"
	"magicpak/tracer"
)

// implying is what the stage of implied files keeps.
type implying struct {
	engine   *implied.Engine
	looked   map[inode]bool     // objects that the rules saw
	opens    map[inode][]string // libraries that an object opens by name
	rules    map[string]string  // the rule that named a library
	accounts []string
	wanted   bundler.Origin // why accounts are
}

// An inode tells a file from others.
type inode struct{ dev, ino uint64 }

// addImplied adds what the programs of the bundle open by themselves. What is
// added may be a program or library that opens more, so rounds follow until
// there is nothing new.
func (b *bundling) addImplied() error {
	if b.implied.off {
		return nil
	}
	if err := b.implyOpened(); err != nil {
		return err
	}
	for {
		subjects := b.subjects()
		if len(subjects) == 0 {
			return nil
		}
		if err := b.readContents(subjects); err != nil {
			return err
		}
		if err := b.imply(subjects); err != nil {
			return err
		}
	}
}

func (b *bundling) startImplying() {
	b.implying = implying{
		engine: &implied.Engine{
			Root: rootfs.Cached(b.tree), Env: b.runVariable, Dropped: b.implied.dropped,
			Observed: b.observedAll(), Blind: b.dynamic != nil && b.gathered == nil,
		},
		looked: map[inode]bool{}, opens: map[inode][]string{}, rules: map[string]string{},
	}
	b.resolver.Opens = func(dev, ino uint64) []string { return b.implying.opens[inode{dev, ino}] }
}

// runVariable returns a variable as a run would see it.
func (b *bundling) runVariable(name string) string {
	if b.dynamic != nil {
		for _, kv := range slices.Backward(b.dynamic.env) {
			if k, v, _ := strings.Cut(kv, "="); k == name {
				return v
			}
		}
	}
	return os.Getenv(name)
}

// observedAll tells whether runs were observed, and completely: they showed what
// of modules and data is needed.
func (b *bundling) observedAll() bool {
	return b.gathered != nil && !slices.ContainsFunc(b.gathered.profile.Runs, func(r tracer.Recording) bool { return len(r.Incomplete) > 0 })
}

// implyOpened adds what the files imply that runs opened.
func (b *bundling) implyOpened() error {
	if b.gathered == nil {
		return nil
	}
	for i := range b.gathered.profile.Accesses {
		a := &b.gathered.profile.Accesses[i]
		if p := string(a.Object); a.Op == tracer.Open && b.gathered.added[p] {
			for _, f := range b.implying.engine.LookOpened(p) {
				if err := b.addFound(f, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// originOf returns the reason of a library that the file by opens.
func (i *implying) originOf(library, by string) bundler.Origin {
	return bundler.Origin{Kind: bundler.Implied, By: by, Detail: i.rules[library]}
}

// A subject is a file that may imply others.
type subject struct {
	id       inode
	path     string // in the root
	dest     string // in the bundle, walked
	program  bool   // it may be started
	required bool   // it is started
	walked   string // what path leads to
	size     int64
	contents *elfdeps.Contents // nil for a script
}

// subjects returns the files of the bundle's programs that were not looked at.
func (b *bundling) subjects() []*subject {
	var list []*subject
	for i := range b.programs {
		p := &b.programs[i]
		list = b.subject(list, subject{path: p.path, dest: p.walked, program: true, required: p.required})
		for _, libs := range [][]elfdeps.Library{p.res.Libraries, p.res.Dlopened} {
			for j := range libs {
				list = b.subject(list, subject{path: libs[j].Path, dest: b.walked[libs[j].Path]})
			}
		}
	}
	for _, p := range b.scripts {
		list = b.subject(list, subject{path: p.path, dest: p.walked, program: true})
	}
	return list
}

// subject appends s unless it was looked at before.
func (b *bundling) subject(list []*subject, s subject) []*subject {
	place, err := rootfs.Stat(b.implying.engine.Root, s.path)
	s.id = inode{place.Stat.Dev, place.Stat.Ino}
	if err != nil || b.implying.looked[s.id] {
		return list
	}
	b.implying.looked[s.id] = true
	s.walked, s.size = place.Path, place.Stat.Size
	return append(list, &s)
}

// readContents reads the symbols and strings of the subjects, several at once.
func (b *bundling) readContents(subjects []*subject) error {
	var group sync.WaitGroup
	free := make(chan bool, runtime.GOMAXPROCS(0))
	for _, s := range subjects {
		free <- true
		group.Go(func() {
			defer func() { <-free }()
			if b.ctx.Err() == nil {
				s.contents = readContents(b.tree, s)
			}
		})
	}
	group.Wait()
	return context.Cause(b.ctx)
}

// readContents returns nil for what is no ELF file: it implies nothing but by
// its name.
func readContents(tree rootfs.Tree, s *subject) *elfdeps.Contents {
	f, err := tree.Open(s.walked)
	if err != nil {
		slog.Debug(err.Error())
		return nil
	}
	defer f.Close()
	c, err := elfdeps.ReadContents(f, s.size)
	if err != nil {
		slog.Debug(fmt.Sprintf("%s: %v", s.path, err))
	}
	return c
}

// object describes s as the rules look at it. A file that is loaded, not
// started, has no interpreter and is position-independent; so has a static
// executable that is, which is known as an input.
func (s *subject) object() *implied.Object {
	o := &implied.Object{Path: s.path, Walked: s.walked, Program: s.program}
	c := s.contents
	if c == nil {
		return o
	}
	o.Program = s.required || s.program && (c.Interp != "" || !c.Shared)
	o.Ident = implied.Ident{Class: byte(c.Class), Data: byte(c.Data), Machine: uint16(c.Machine)}
	o.Soname, o.Defines, o.Imports, o.Strings, o.Names = c.Soname, c.Defines, c.Imports, c.Paths, c.Libraries
	o.Suggests = c.Suggests
	return o
}

// imply adds what the rules say of each subject.
func (b *bundling) imply(subjects []*subject) error {
	opened := false
	// The rules for the C library's files want to have seen the C library.
	for _, first := range []bool{true, false} {
		for _, s := range subjects {
			if (s.contents != nil && s.contents.Soname == "libc.so.6") != first {
				continue
			}
			for _, f := range b.implying.engine.Look(s.object()) {
				opened = b.noteOpened(s.id, f) || opened
				if err := b.addFound(f, s.dest); err != nil {
					return err
				}
			}
		}
	}
	if opened {
		return b.resolveAgain()
	}
	return nil
}

// noteOpened keeps the libraries that the object opens by name.
func (b *bundling) noteOpened(id inode, f implied.Found) bool {
	if f.Hint != "" {
		return false
	}
	for _, name := range f.Libraries {
		b.implying.opens[id] = append(b.implying.opens[id], name)
		b.implying.rules[name] = f.Rule
	}
	return len(f.Libraries) > 0
}

// resolveAgain adds the libraries that the programs are known to open by now.
func (b *bundling) resolveAgain() error {
	for i := range b.programs {
		p := &b.programs[i]
		res, err := b.resolve(p.path)
		if err != nil {
			return err
		}
		p.res = res
		if err := b.addResolved(*p); err != nil {
			return err
		}
	}
	return nil
}

// addFound adds what a rule brings on account of the bundle's file by.
func (b *bundling) addFound(f implied.Found, by string) error {
	if f.Hint != "" && len(f.Paths) == 0 {
		return nil // a library that a note suggests: its resolution told of it
	}
	if f.Hint != "" {
		slog.Info(fmt.Sprintf("%s may open %s (%s, %s): %s adds it", f.By, some(f.Paths), f.Rule, byteText(f.Bytes), f.Hint))
		return nil
	}
	if len(f.Paths) > 0 {
		slog.Info(fmt.Sprintf("rule %s adds %d files, %s, for %s", f.Rule, len(f.Paths), byteText(f.Bytes), f.By))
	}
	return b.bring(f, bundler.Origin{Kind: bundler.Implied, By: by, Detail: f.Rule})
}

// bring adds what was found, for the reason o.
func (b *bundling) bring(f implied.Found, o bundler.Origin) error {
	for _, p := range f.Paths {
		if err := b.addImpliedFile(p, o); err != nil {
			return err
		}
	}
	for _, dir := range f.Folders {
		if b.gathered != nil && b.gathered.made(dir) {
			continue
		}
		if err := b.manifest.Mkdir(dir, o); err != nil {
			return err
		}
	}
	for _, m := range f.Made {
		if err := b.addMade(m.Path, m.Content, o); err != nil {
			return err
		}
	}
	if b.implying.accounts = append(b.implying.accounts, f.Accounts...); len(f.Accounts) > 0 && b.implying.wanted.Kind == "" {
		b.implying.wanted = o
	}
	return context.Cause(b.ctx)
}

// addImpliedFile adds one file, with its libraries where it is an ELF file.
func (b *bundling) addImpliedFile(p string, o bundler.Origin) error {
	walked, err := b.manifest.Add(p, o)
	var whiteout *bundler.WhiteoutError
	if errors.As(err, &whiteout) {
		warn(err)
		return nil
	}
	if err != nil {
		return err
	}
	e := b.manifest.Entry(walked)
	if !e.IsFile() || b.seen[walked] {
		return nil
	}
	b.seen[walked] = true
	head, err := b.explorer.head(walked, len(elf.ELFMAG))
	if err != nil || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return err
	}
	return b.addLibraries(program{path: walked, dest: walked, walked: walked, implied: true})
}

// addMade adds a file of magicpak's making, unless the bundle has one there.
func (b *bundling) addMade(p, content string, o bundler.Origin) error {
	if _, err := rootfs.Stat(b.manifest, p); err == nil {
		return nil
	}
	return b.manifest.AddContent(p, []byte(content), 0o644, o)
}
