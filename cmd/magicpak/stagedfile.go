package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A stagedFile is a file that appears under its name when all else is done.
type stagedFile struct {
	what      string // for errors
	temporary string // "" for one that needs no staging
	name      string // "" for none at all
	data      []byte
}

// stageFile writes data beside the file called name; "-" is standard output.
func stageFile(what, name string, data []byte) (*stagedFile, error) {
	s := &stagedFile{what: what, name: name, data: data}
	if info, err := os.Stat(s.name); s.name == "-" || err == nil && !info.Mode().IsRegular() {
		return s, nil
	}
	f, err := os.CreateTemp(filepath.Dir(s.name), "."+filepath.Base(s.name)+".*")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", what, err)
	}
	s.temporary = f.Name()
	_, err = f.Write(s.data)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		s.discard()
		return nil, fmt.Errorf("write %s: %w", what, err)
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
		return fmt.Errorf("write %s: %w", s.what, err)
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
