package bundler

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// AddWalked adds the file, folder without its contents, link or special file
// that is at path itself: a link there is not followed. What is on the way to
// it is kept.
func (m *Manifest) AddWalked(path string, o Origin) error {
	place, err := rootfs.Lstat(m.source, path)
	if err != nil {
		return err
	}
	return m.place(place, o)
}

// AddKept adds e as the caller describes it: what was at its walked path
// earlier, whatever the source has there now. A regular file's contents and
// extended attributes come from e.Copy. It takes the place of what the manifest
// has at that path, whose origins it keeps. The folders above it are the
// source's, or, where the source has none, made by root with mode 0755.
func (m *Manifest) AddKept(e Entry, o Origin) error {
	if e.Path == "/" || !isWalked(e.Path) {
		return &EscapeError{e.Path}
	}
	if err := checkName(e.Path); err != nil {
		return err
	}
	for i := 1; i < len(e.Path); i++ {
		if e.Path[i] != '/' {
			continue
		}
		if err := m.folderAbove(e.Path[:i], &e); err != nil {
			return err
		}
	}
	e.Source, e.Content = "", nil
	if old := m.entries[e.Path]; old != nil {
		e.Origins = append(old.Origins, e.Origins...)
		m.drop(e.Path)
	}
	m.put(&e, o)
	return nil
}

// folderAbove enters the folder at p, which lies above e.
func (m *Manifest) folderAbove(p string, e *Entry) error {
	if err := checkName(p); err != nil {
		return err
	}
	if old := m.entries[p]; old != nil && !old.IsDir() {
		return &ConflictError{p, m.describe(old), "the folder of " + e.Path}
	} else if old != nil {
		return nil
	}
	above := &Entry{Path: p, Source: p}
	var err error
	if above.Stat, err = m.source.Lstat(p); err != nil || !above.IsDir() {
		above.Source = ""
		above.Stat = m.madeStat(unix.S_IFDIR | 0o755)
	}
	m.put(above, Origin{Kind: OnTheWay, By: e.Path})
	return nil
}

// madeStat describes what magicpak makes: root's, from 1970.
func (m *Manifest) madeStat(mode uint32) unix.Stat_t {
	m.made++
	return unix.Stat_t{Mode: mode, Nlink: 1, Ino: m.made}
}

// isWalked tells whether p could be where a walk ended.
func isWalked(p string) bool {
	return strings.HasPrefix(p, "/") && path.Clean(p) == p && strings.IndexByte(p, 0) < 0
}
