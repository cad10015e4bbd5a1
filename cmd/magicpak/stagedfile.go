package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A stagedFile is a file that appears under its name when all else is done.
type stagedFile struct {
	what      string   // for errors
	temporary *os.File // locked as long as it is in use; nil for what needs no staging
	name      string   // "" for none at all
	data      []byte
}

// stageFile writes data beside the file called name; "-" is standard output.
// What killed runs left there for that name is removed.
func stageFile(what, name string, data []byte) (*stagedFile, error) {
	s := &stagedFile{what: what, name: name, data: data}
	info, err := os.Stat(s.name)
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("write %s: %s: is a directory", what, name)
	case s.name == "-", err == nil && !info.Mode().IsRegular():
		return s, nil
	}
	dir, prefix := filepath.Dir(s.name), "."+filepath.Base(s.name)+".magicpak-"
	removeUnlocked(dir, prefix)
	f, err := os.CreateTemp(dir, prefix+"*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", what, err)
	}
	s.temporary = f
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		_, err = f.Write(s.data)
	}
	if err = errors.Join(err, f.Chmod(0o644)); err != nil {
		s.discard()
		return nil, fmt.Errorf("write %s: %w", what, err)
	}
	return s, nil
}

// removeUnlocked removes the files in dir whose names begin with prefix and
// that no process has locked. It is no failure of this run if one stays.
func removeUnlocked(dir, prefix string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil {
			os.Remove(path)
		}
		f.Close()
	}
}

// commit makes the file appear.
func (s *stagedFile) commit() error {
	var err error
	switch {
	case s.temporary != nil:
		err = errors.Join(os.Rename(s.temporary.Name(), s.name), s.temporary.Close())
	case s.name == "-":
		_, err = os.Stdout.Write(s.data)
	case s.name != "":
		err = os.WriteFile(s.name, s.data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", s.what, err)
	}
	s.temporary = nil
	return nil
}

// discard removes what commit did not use.
func (s *stagedFile) discard() {
	if s.temporary != nil {
		os.Remove(s.temporary.Name())
		s.temporary.Close()
	}
}
