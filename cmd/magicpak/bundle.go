package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"magicpak/bundler"
	"magicpak/bundler/pkgdb"
	"magicpak/elfdeps"
	"magicpak/rootfs"
	"magicpak/tracer"
)

// bundleCommand is "magicpak INPUT... OUTPUT".
func bundleCommand(args []string) error {
	f := &flags{}
	words, err := parse(bundleOptions(f), args)
	switch {
	case f.help:
		fmt.Print(bundleHelp())
		return nil
	case f.version:
		fmt.Println("magicpak", version)
		return nil
	case err != nil:
		return err
	case wantsWithHelp(f.with):
		return printAdditions(f.root)
	case f.implied == "help":
		printRules()
		return nil
	}
	p, err := newPlan(f, words)
	if err != nil {
		return err
	}
	setupLog(p.level)
	setupProgress(f.progress)
	limitMemory(0)
	ctx, stop := signalContext()
	defer stop()
	b, err := newBundling(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(b.run(), b.discard(), b.closeScratch())
}

// A bundling is a run under way: what the plan asks for, put into a manifest
// stage by stage.
type bundling struct {
	*plan
	ctx      context.Context
	tree     rootfs.Dir // the root that everything is taken from
	explorer explorer
	resolver *elfdeps.Resolver
	manifest *bundler.Manifest
	out      *bundler.Output
	staged   *bundler.Staged
	observed []*job           // the runs of --dynamic, as they ended
	scratch  *bundler.Scratch // nil until something is put there

	walked      map[string]string // where the paths of libraries lead to
	seen        map[string]bool   // programs whose needs are in the manifest
	programs    []program
	unmet       []unmetNeed
	warned      map[string]bool
	loaderFiles map[string]loaderFile // by their paths in the bundle
	scripts     []program
	implying    implying
	pkgs        *pkgdb.DB // nil until it is asked
	asking      asking
	gathered    *gathering // what runs looked at; nil where none was observed

	recordings []tracer.Recording // the runs that were observed
	moved      map[string]bool    // walked paths of inputs that --install-to puts elsewhere
	ownDirs    []string           // walked paths of the output and other folders of magicpak's own
}

func newBundling(ctx context.Context, p *plan) (*bundling, error) {
	tree := rootfs.Dir(p.root)
	manifest, err := bundler.New(tree)
	if err != nil {
		return nil, err
	}
	return &bundling{
		plan: p, ctx: ctx, tree: tree,
		explorer: explorer{tree: tree, cwd: p.cwd, path: environmentPath()},
		resolver: &elfdeps.Resolver{
			Root: tree, Cwd: p.cwd, HWCaps: p.hwcaps,
			// The container starts nothing with LD_PRELOAD, so only this counts.
			Env: elfdeps.Env{LibraryPath: p.libraryPath()},
		},
		manifest:    manifest,
		walked:      map[string]string{},
		seen:        map[string]bool{},
		warned:      map[string]bool{},
		loaderFiles: map[string]loaderFile{},
		moved:       map[string]bool{},
	}, nil
}

// run goes through the stages in the order of the original magicpak.
func (b *bundling) run() error {
	for _, stage := range []func() error{
		b.checkOutput, b.findUpx, b.telling("analysing", b.addInputs), b.observe, b.expandRuns, b.makeDirs, b.addWith,
		b.telling("analysing", b.addIncluded), b.telling("analysing", b.addImplied), b.addAccounts, b.leaveOut,
		b.telling("checking libraries", b.checkClosure), b.telling("compressing", b.compress),
		b.stage, b.telling("testing", b.tryOut), b.describe, b.write,
	} {
		if err := context.Cause(b.ctx); err != nil {
			return err
		}
		if err := stage(); err != nil {
			// The signal that ended the run says more than what it broke off.
			return cmp.Or(context.Cause(b.ctx), err)
		}
	}
	return nil
}

// telling returns the stage with its name shown while it takes.
func (b *bundling) telling(name string, stage func() error) func() error {
	return func() error {
		p := startProgress(name)
		defer p.end()
		return stage()
	}
}

func (b *bundling) checkOutput() error {
	if b.dryRun {
		return b.dryOutput()
	}
	var err error
	if b.out, err = bundler.OpenOutput(b.output); err != nil {
		return err
	}
	// An --include of a folder around it must not bring the output itself.
	if walked, err := filepath.EvalSymlinks(b.output); err == nil && b.root == "/" {
		if walked, err = absolute(walked); err != nil {
			return err
		}
		b.manifest.Skip(walked)
		b.ownDirs = append(b.ownDirs, walked)
	}
	return nil
}

func (b *bundling) addInputs() error {
	for _, name := range b.inputs {
		if err := b.addInput(name); err != nil {
			return err
		}
	}
	return nil
}

// addInput adds an executable and what it needs.
func (b *bundling) addInput(name string) error {
	path, err := b.explorer.input(name)
	if err != nil {
		return err
	}
	p := program{path: path, dest: path, required: true}
	o := bundler.Origin{Kind: bundler.Input}
	if b.install == nil {
		p.walked, err = b.manifest.Add(path, o)
	} else {
		p.dest = b.install.of(path)
		b.movesAway(path)
		p.walked, err = b.manifest.AddAs(path, p.dest, o)
	}
	if err != nil {
		return err
	}
	if err := b.addNeeds(p, 0); err != nil {
		return err
	}
	b.usualLoader()
	return nil
}

// movesAway notes that what path leads to is an input with another place in the
// bundle.
func (b *bundling) movesAway(path string) {
	if place, err := rootfs.Stat(b.tree, path); err == nil {
		b.moved[place.Path] = true
	}
}

// usualLoader makes the loader of the first program that of the files that
// name none, such as plugins.
func (b *bundling) usualLoader() {
	if len(b.programs) > 0 && b.resolver.Loader == "" {
		b.resolver.Loader = b.programs[0].res.Loader
	}
}

func (b *bundling) makeDirs() error {
	for _, dir := range b.mkdir {
		if err := b.manifest.Mkdir(dir, bundler.Origin{Kind: bundler.MadeFolder}); err != nil {
			return err
		}
	}
	return nil
}

// describe prints, at the level of decisions, each file of the bundle with its
// reason, and what is odd.
func (b *bundling) describe() error {
	for _, n := range b.manifest.Notes() {
		b.warnOnce(n.String())
	}
	b.warnSecrets()
	if !slog.Default().Enabled(b.ctx, slog.LevelInfo) {
		return nil
	}
	for e := range b.manifest.Entries() {
		if !e.IsDir() || e.Origins[0].Kind != bundler.OnTheWay {
			slog.Info(e.Path + "  " + reason(e.Origins[0]))
		}
	}
	return nil
}
