package bundler

import (
	"os"
	"path/filepath"
	"testing"
)

func TestScratchRemovesWhatKilledRunsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	left := filepath.Join(dir, ".scratch.magicpak-1", "deep")
	if err := os.MkdirAll(left, 0o700); err != nil {
		t.Fatal(err)
	}
	first, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("stat of what a killed run left: %v, want that it is gone", err)
	}
	second, err := NewScratch()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first.Dir()); err != nil {
		t.Errorf("the folder of a run that goes on: %v", err)
	}
	for _, s := range []*Scratch{first, second} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("%s is left", names[0].Name())
	}
}
