package tester

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A snapshot is what a directory held: the state of each file, by its name in
// the directory.
type snapshot struct {
	dir   string
	files map[string]unix.Stat_t
}

func takeSnapshot(dir string) (snapshot, error) {
	s := snapshot{dir, map[string]unix.Stat_t{}}
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		var st unix.Stat_t
		if err == nil {
			err = unix.Lstat(p, &st)
		}
		s.files[s.name(p)] = st
		return err
	})
	if err != nil {
		return s, fmt.Errorf("look at the bundle: %w", err)
	}
	return s, nil
}

func (s snapshot) name(p string) string {
	name, err := filepath.Rel(s.dir, p)
	if err != nil {
		return p
	}
	return name
}

// restore removes what was not there before, gives folders back their times,
// and returns the paths of what it cannot bring back.
func (s snapshot) restore() (changed []string, err error) {
	now, err := takeSnapshot(s.dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for name := range now.files {
		if _, had := s.files[name]; !had {
			err = errors.Join(err, root.RemoveAll(name))
		}
	}
	for name, st := range s.files {
		after, there := now.files[name]
		switch {
		case !there || differs(st, after):
			changed = append(changed, "/"+strings.TrimPrefix(name, "."))
		case st.Mode&unix.S_IFMT == unix.S_IFDIR:
			err = errors.Join(err, s.restoreTime(name, st))
		}
	}
	slices.Sort(changed)
	return changed, err
}

// differs tells whether a file was replaced or changed. A folder's time changes
// with what is made in it.
func differs(a, b unix.Stat_t) bool {
	same := a.Ino == b.Ino && a.Mode == b.Mode && a.Uid == b.Uid && a.Gid == b.Gid
	if a.Mode&unix.S_IFMT == unix.S_IFDIR {
		return !same
	}
	return !same || a.Size != b.Size || a.Mtim != b.Mtim || a.Ctim != b.Ctim
}

func (s snapshot) restoreTime(name string, st unix.Stat_t) error {
	return unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(s.dir, name), []unix.Timespec{st.Atim, st.Mtim}, unix.AT_SYMLINK_NOFOLLOW)
}
