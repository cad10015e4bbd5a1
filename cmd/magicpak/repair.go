package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"magicpak/bundler"
	"magicpak/rootfs"
	"magicpak/tester"
)

// tryOut tests the staged bundle and, with --repair, adds what it lacked until
// it passes or nothing is found to be added.
func (b *bundling) tryOut() error {
	if b.test == nil {
		return nil
	}
	r := &repair{bundling: b, folders: map[string]int{}}
	for round := 0; ; round++ {
		failed, err := b.tryOnce()
		if err != nil {
			return err
		}
		if failed == nil {
			r.tell()
			return nil
		}
		if round == b.test.rounds {
			return r.giveUp(failed)
		}
		grown, err := r.add(failed.explanation.Missing)
		if err != nil {
			return err
		}
		if !grown {
			return r.giveUp(failed)
		}
		if err := b.again(); err != nil {
			return err
		}
	}
}

// tryOnce tests the staged bundle: with the command of the plan, else with what
// --dynamic ran, else by starting the first INPUT.
func (b *bundling) tryOnce() (*testError, error) {
	trials, err := b.trials()
	if err != nil {
		return nil, err
	}
	for _, t := range trials {
		if failed, err := b.try(t); failed != nil || err != nil {
			return failed, err
		}
	}
	return nil, nil
}

func (b *bundling) trials() ([]*trial, error) {
	scratch, err := b.scratchDir("test-*")
	if err != nil {
		return nil, err
	}
	program, args, err := b.firstInput()
	if err != nil {
		return nil, err
	}
	one := func() *trial {
		return &trial{testPlan: b.test, host: b.tree, program: program, args: args, scratch: scratch}
	}
	if b.test.command != nil || len(b.observed) == 0 {
		return []*trial{one()}, nil
	}
	var list []*trial
	for _, j := range b.observed {
		t := one()
		if err := j.replay(t); err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// try makes one test. What it changed is staged again.
func (b *bundling) try(t *trial) (*testError, error) {
	t.dir = b.staged.Dir()
	if b.test.user.UID != 0 {
		// While it is staged it is closed to others.
		if err := os.Chmod(t.dir, os.FileMode(b.manifest.Entry("/").Stat.Mode&0o777)); err != nil {
			return nil, err
		}
	}
	if err := t.run(b.ctx); err != nil {
		return nil, err
	}
	var failed *testError
	if errors.As(t.verdict(), &failed) {
		failed.repairable = b.test.rounds == 0
		return failed, nil
	}
	if len(t.result.Changed) > 0 {
		slog.Info(fmt.Sprintf("the test changed %s: the bundle is written again", some(t.result.Changed)))
		return nil, b.restage()
	}
	return nil, nil
}

// firstInput returns where the first INPUT is in the bundle, and how a container
// would start it.
func (b *bundling) firstInput() (string, []string, error) {
	path, err := b.explorer.input(b.inputs[0])
	if err != nil {
		return "", nil, err
	}
	if b.install != nil {
		path = b.install.of(path)
	}
	return path, []string{path}, nil
}

// again finishes the grown manifest and stages it.
func (b *bundling) again() error {
	if err := b.checkClosure(); err != nil {
		return err
	}
	return b.restage()
}

// restage stages the bundle anew.
func (b *bundling) restage() error {
	if err := b.staged.Discard(); err != nil {
		return err
	}
	return b.stage()
}

// A repair is what --repair has added so far.
type repair struct {
	*bundling
	added   []tester.Missing
	folders map[string]int // how many names of each folder were added
}

const (
	// What is that much less likely than the first is added with it.
	repairWithin = 25
	// From so many names of a folder on, all of it is added.
	repairWhole = 3
)

// add adds the likely ones of what was missing. grown tells whether any was new.
func (r *repair) add(missing []tester.Missing) (grown bool, err error) {
	for _, m := range missing {
		if m.Score() < missing[0].Score()-repairWithin {
			break
		}
		m = r.whole(m)
		if slices.ContainsFunc(r.added, func(old tester.Missing) bool { return old.Path == m.Path && old.Folder == m.Folder }) {
			continue
		}
		if err := r.bring(m); err != nil {
			return grown, fmt.Errorf("repair the bundle: %w", err)
		}
		slog.Info(fmt.Sprintf("%s  added by --repair: %s", m.Path, m.Why))
		r.added, grown = append(r.added, m), true
	}
	return grown, nil
}

// whole returns the folder of m instead, when that has lacked several names: a
// folder of modules, whose names come one by one.
func (r *repair) whole(m tester.Missing) tester.Missing {
	dir := path.Dir(m.Path)
	r.folders[dir]++
	if m.Folder || r.folders[dir] < repairWhole || tester.Shared(dir) {
		return m
	}
	m.Path, m.Why = dir, "several of its names were missing"
	return m
}

// bring puts m and what it needs into the manifest, whatever --exclude says.
func (r *repair) bring(m tester.Missing) error {
	o := bundler.Origin{Kind: bundler.Repaired, Detail: m.Why}
	if m.Folder {
		_, err := r.manifest.Add(m.Path, o)
		return err
	}
	before := map[string]bool{}
	for e := range r.manifest.Entries() {
		before[e.Path] = true
	}
	if err := r.manifest.AddTree(m.Path, o); err != nil {
		return err
	}
	if m.Executed {
		return r.addExecuted(m.Path)
	}
	for e := range r.manifest.Entries() {
		if e.IsFile() && !before[e.Path] {
			if err := r.addIfELF(e.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// addExecuted adds what a program needs to be executed, as far as it is here.
func (r *repair) addExecuted(file string) error {
	place, err := rootfs.Stat(r.tree, file)
	if err != nil {
		return err
	}
	if interp := interpreterOf(r.tree, file); interp == "" {
		return r.addIfELF(place.Path)
	} else if _, err := rootfs.Stat(r.tree, interp); err != nil {
		return nil
	}
	return r.addNeeds(program{path: file, dest: file, walked: place.Path}, 0)
}

// tell prints the options that make a repair permanent.
func (r *repair) tell() {
	if len(r.added) == 0 {
		return
	}
	slog.Warn(fmt.Sprintf("the bundle passed its test after --repair had added %d missing files or folders", len(r.added)))
	slog.Log(r.ctx, levelHint, "make it permanent: "+r.options())
}

// options returns those that bring what was added.
func (r *repair) options() string {
	var words []string
	for _, m := range r.added {
		if !r.broughtWith(m) {
			words = append(words, permanent(m))
		}
	}
	for _, glob := range r.exclude {
		if slices.ContainsFunc(r.added, func(m tester.Missing) bool { return doublestar.MatchUnvalidated(glob, m.Path) }) {
			words = append(words, "and without --exclude "+shellQuote(glob))
		}
	}
	return strings.Join(words, " ")
}

// broughtWith tells whether m lies in a folder that was added whole.
func (r *repair) broughtWith(m tester.Missing) bool {
	return slices.ContainsFunc(r.added, func(whole tester.Missing) bool {
		return !whole.Folder && strings.HasPrefix(m.Path, whole.Path+"/")
	})
}

// giveUp returns the last failure, after it said what was tried.
func (r *repair) giveUp(failed *testError) error {
	if len(r.added) > 0 {
		slog.Warn(fmt.Sprintf("--repair added %d missing files or folders, and the test still fails: %s", len(r.added), r.options()))
	}
	return failed
}
