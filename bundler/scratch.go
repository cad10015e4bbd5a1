package bundler

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A Scratch is a private folder for what a run puts aside until the bundle is
// written. It is locked while it is used; one that a killed run left is removed
// by the next [NewScratch].
type Scratch struct{ *work }

// NewScratch makes a folder in that for temporary files.
func NewScratch() (*Scratch, error) {
	k := &kernel{}
	path := os.TempDir()
	fd, err := unix.Open(path, readFolder|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	w, err := k.newWork(folder{fd, inCwd(path)}, "scratch", "")
	if err != nil {
		k.close(fd)
		return nil, err
	}
	return &Scratch{w}, nil
}

// Dir returns the folder's path.
func (s *Scratch) Dir() string { return s.path }

// Close removes the folder with all that it holds.
func (s *Scratch) Close() error {
	defer s.k.close(s.parent.fd)
	defer s.k.close(s.fd)
	return s.remove(nil)
}
