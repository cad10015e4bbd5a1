package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"magicpak/bundler"
)

// stage writes the bundle to a work folder.
func (b *bundling) stage() (err error) {
	if b.dryRun {
		return nil
	}
	p := startProgress()
	defer p.end()
	b.staged, err = bundler.Stage(b.ctx, b.manifest, b.out, bundler.Options{Epoch: b.epoch, Progress: p.update})
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
	if b.dryRun {
		return errors.Join(b.list(), m.commit())
	}
	report, err := b.staged.Commit()
	if err != nil {
		return err
	}
	warnLosses(report)
	slog.Info(fmt.Sprintf("%s: %d entries, %s", b.output, report.Files, byteText(report.Bytes)))
	return m.commit()
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

// A stagedFile is a file that appears under its name when all else is done.
type stagedFile struct {
	temporary string // "" for one that needs no staging
	name      string
	data      []byte
}

// stageManifest writes the manifest beside the place that --manifest names, so
// that a place which cannot be written is known before the bundle is there.
func (b *bundling) stageManifest() (*stagedFile, error) {
	s := &stagedFile{name: b.plan.manifest}
	if s.name == "" {
		return s, nil
	}
	var text bytes.Buffer
	if err := b.manifest.Encode(&text); err != nil {
		return nil, err
	}
	s.data = text.Bytes()
	if info, err := os.Stat(s.name); s.name == "-" || err == nil && !info.Mode().IsRegular() {
		return s, nil
	}
	f, err := os.CreateTemp(filepath.Dir(s.name), "."+filepath.Base(s.name)+".*")
	if err != nil {
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	s.temporary = f.Name()
	_, err = f.Write(s.data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		s.discard()
		return nil, fmt.Errorf("write manifest: %w", err)
	}
	return s, nil
}

// commit makes the file appear.
func (s *stagedFile) commit() error {
	var err error
	switch {
	case s.temporary != "":
		err = os.Rename(s.temporary, s.name)
	case s.name == "-":
		_, err = os.Stdout.Write(s.data)
	case s.name != "":
		err = os.WriteFile(s.name, s.data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	s.temporary = ""
	return nil
}

// discard removes what commit did not use.
func (s *stagedFile) discard() {
	if s.temporary != "" {
		os.Remove(s.temporary)
	}
}
