package main

import (
	"os"

	"magicpak/bundler"
)

// scratchDir makes a folder, named by a pattern of [os.MkdirTemp], for files
// that live until the bundle is written.
func (b *bundling) scratchDir(pattern string) (string, error) {
	if b.scratch == nil {
		s, err := bundler.NewScratch()
		if err != nil {
			return "", err
		}
		b.scratch = s
		b.manifest.Skip(s.Dir())
		b.ownDirs = append(b.ownDirs, s.Dir())
	}
	return os.MkdirTemp(b.scratch.Dir(), pattern)
}

// closeScratch removes those folders.
func (b *bundling) closeScratch() error {
	if b.scratch == nil {
		return nil
	}
	return b.scratch.Close()
}
