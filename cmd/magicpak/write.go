package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"magicpak/bundler"
)

// stage writes the bundle to a work folder.
func (b *bundling) stage() (err error) {
	if b.out == nil {
		return nil
	}
	p := startProgress("writing")
	defer p.end()
	b.staged, err = bundler.Stage(b.ctx, b.manifest, b.out, bundler.Options{Epoch: b.epoch, Progress: p.wrote})
	return err
}

// dryOutput makes a place for a bundle that is only tested.
func (b *bundling) dryOutput() error {
	if b.test == nil {
		return nil
	}
	dir, err := b.scratchDir("dry-*")
	if err != nil {
		return err
	}
	b.out, err = bundler.OpenOutput(dir)
	return err
}

// write puts the staged bundle into its place and writes its manifest, or
// prints what it would write.
func (b *bundling) write() error {
	m, err := b.stageManifest()
	if err != nil {
		return err
	}
	defer m.discard()
	page, err := b.stageReport()
	if err != nil {
		return err
	}
	defer page.discard()
	if b.dryRun {
		return errors.Join(b.list(), m.commit(), page.commit())
	}
	report, err := b.staged.Commit()
	if err != nil {
		return err
	}
	warnLosses(report)
	slog.Info(fmt.Sprintf("%s: %d entries, %s", b.output, report.Files, byteText(report.Bytes)))
	for _, line := range summarize(b.manifest).lines() {
		slog.Info(line)
	}
	return errors.Join(m.commit(), page.commit())
}

// discard takes away what was staged and not written.
func (b *bundling) discard() error {
	if b.staged == nil {
		return nil
	}
	return b.staged.Discard()
}

// list prints the paths that the bundle would hold, unless the manifest does.
func (b *bundling) list() error {
	if b.plan.manifest == "-" {
		return nil
	}
	var text bytes.Buffer
	for e := range b.manifest.Entries() {
		text.WriteString(e.Path + "\n")
	}
	if _, err := os.Stdout.Write(text.Bytes()); err != nil {
		return fmt.Errorf("write standard output: %w", err)
	}
	return nil
}

// warnLosses tells, in a line each, what of the files could not be kept.
func warnLosses(r *bundler.Report) {
	for _, l := range []struct {
		paths []string
		what  string
	}{
		{r.NoOwner, "the owner of %s could not be set: the bundle belongs to you"},
		{r.NoXattr, "extended attributes (capabilities, access control lists) of %s could not be set"},
	} {
		if len(l.paths) > 0 {
			slog.Warn(fmt.Sprintf(l.what, some(l.paths)))
		}
	}
	if r.NoProc > 0 {
		slog.Warn(fmt.Sprintf("/proc is not mounted: extended attributes of %d links and special files were not looked at", r.NoProc))
	}
}

// some names the first of several files and counts the others.
func some(paths []string) string {
	if len(paths) == 1 {
		return paths[0]
	}
	return fmt.Sprintf("%s and %d more", paths[0], len(paths)-1)
}

// stageManifest writes the manifest beside the place that --manifest names, so
// that a place which cannot be written is known before the bundle is there.
func (b *bundling) stageManifest() (*stagedFile, error) {
	if b.plan.manifest == "" {
		return &stagedFile{}, nil
	}
	var text bytes.Buffer
	if err := b.manifest.Encode(&text); err != nil {
		return nil, err
	}
	return stageFile("manifest", b.plan.manifest, text.Bytes())
}
