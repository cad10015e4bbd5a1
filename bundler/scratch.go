package bundler

import "os"

// A Scratch is a private folder for what a run puts aside until the bundle is
// written. It is locked while it is used; one that a killed run left is removed
// by the next [NewScratch].
type Scratch struct{ *work }

// NewScratch makes a folder in that for temporary files.
func NewScratch() (*Scratch, error) {
	w, err := newWork(os.TempDir(), "scratch")
	if err != nil {
		return nil, err
	}
	return &Scratch{w}, nil
}

// Dir returns the folder's path.
func (s *Scratch) Dir() string { return s.path }

// Close removes the folder with all that it holds.
func (s *Scratch) Close() error { return s.close() }
