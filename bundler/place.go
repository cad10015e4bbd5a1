package bundler

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// An EscapeError refuses a path that leads out of the bundle.
type EscapeError struct{ Path string }

func (e *EscapeError) Error() string {
	return fmt.Sprintf("%s leads out of the bundle", e.Path)
}

// A ConflictError refuses two different files at one path of the bundle.
type ConflictError struct{ Path, First, Second string }

func (e *ConflictError) Error() string {
	return fmt.Sprintf("both %s and %s would be at %s in the bundle", e.First, e.Second, e.Path)
}

// AddAs places the file that source leads to at dest, which need not exist
// anywhere. It returns the walked path of dest.
func (m *Manifest) AddAs(source, dest string, o Origin) (string, error) {
	place, err := rootfs.Stat(m.source, source)
	if err != nil {
		return "", err
	}
	at, err := m.locate(dest)
	if err != nil {
		return "", err
	}
	if st, err := m.source.Lstat(at); err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return "", &ConflictError{at, "the folder " + at, place.Path}
	}
	if old := m.entries[at]; old != nil && old.Source != place.Path {
		return "", &ConflictError{at, m.describe(old), place.Path}
	}
	m.put(&Entry{Path: at, Stat: place.Stat, Source: place.Path}, o)
	return at, nil
}

// checkFree refuses e where another file of the source takes its path. What was
// kept from earlier ([Manifest.AddKept]) is the same file.
func (m *Manifest) checkFree(e *Entry) error {
	if old := m.entries[e.Path]; old != nil && old.Source != "" && old.Source != e.Source {
		return &ConflictError{e.Path, m.describe(old), e.Source}
	}
	return nil
}

// describe names an entry in an error.
func (m *Manifest) describe(e *Entry) string {
	switch {
	case e.Copy != "":
		return "the earlier " + e.Path
	case e.Source == "":
		return "a file that magicpak makes"
	case e.IsDir():
		return "the folder " + e.Source
	}
	return e.Source
}

// AddContent places a file that magicpak makes at dest, owned by root and with
// the time 0. What is there already is replaced.
func (m *Manifest) AddContent(dest string, data []byte, mode uint32, o Origin) error {
	at, err := m.locate(dest)
	if err != nil {
		return err
	}
	if old := m.entries[at]; old != nil && !old.IsFile() {
		return &ConflictError{at, m.describe(old), "a file that magicpak makes"}
	}
	m.drop(at)
	st := m.madeStat(unix.S_IFREG | mode)
	st.Size = int64(len(data))
	m.put(&Entry{Path: at, Stat: st, Content: data}, o)
	return nil
}

// Mkdir adds a folder: as the source has it, else made by root with mode 0755,
// where /tmp and /var/tmp are for everyone (1777).
func (m *Manifest) Mkdir(dest string, o Origin) error {
	at, err := m.locate(dest)
	if err != nil {
		return err
	}
	if err := m.folder(at, o); err != nil {
		return err
	}
	if e := m.entries[at]; !e.IsDir() {
		return &ConflictError{at, m.describe(e), "a folder"}
	}
	return nil
}

// folder enters the folder at the walked path p, from the source if it is there.
func (m *Manifest) folder(p string, o Origin) error {
	if m.entries[p] != nil {
		m.put(m.entries[p], o)
		return nil
	}
	st, err := m.source.Lstat(p)
	switch {
	case err == nil:
		m.put(&Entry{Path: p, Stat: st, Source: p}, o)
		return nil
	case !errors.Is(err, unix.ENOENT):
		return err
	}
	mode := uint32(0o755)
	if p == "/tmp" || p == "/var/tmp" {
		mode = 0o1777
	}
	m.put(&Entry{Path: p, Stat: m.madeStat(unix.S_IFDIR | mode)}, o)
	return nil
}

// maxLinks is the kernel's MAXSYMLINKS.
const maxLinks = 40

// locate walks dest through what the bundle has and what the source has where
// the bundle has nothing, makes the folders that neither has, and returns the
// walked path. dest's last component is followed where it is a link.
//
// A dest that itself climbs above the root is refused; a link that does stops
// at the root, as in the kernel.
func (m *Manifest) locate(dest string) (string, error) {
	rest := strings.Split(dest, "/")
	if climbs(rest) {
		return "", &EscapeError{dest}
	}
	at, links := "/", 0
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		switch {
		case name == "" || name == ".":
			continue
		case name == "..":
			at = path.Dir(at)
			continue
		}
		next := join(at, name)
		if err := checkName(next); err != nil {
			return "", err
		}
		target, err := m.linkAt(next)
		if err != nil {
			return "", err
		}
		if target == "" {
			if at = next; len(rest) > 0 {
				err = m.folderOnTheWay(at, dest)
			}
			if err != nil {
				return "", err
			}
			continue
		}
		if links++; links > maxLinks {
			return "", &fs.PathError{Op: "walk", Path: dest, Err: unix.ELOOP}
		}
		rest = append(strings.Split(target, "/"), rest...)
		if strings.HasPrefix(target, "/") {
			at = "/"
		}
	}
	return at, nil
}

// climbs tells whether components lead above where they begin.
func climbs(components []string) bool {
	depth := 0
	for _, c := range components {
		switch c {
		case "", ".":
		case "..":
			depth--
		default:
			depth++
		}
		if depth < 0 {
			return true
		}
	}
	return false
}

// linkAt enters the link at the walked path p and returns its text, "" when
// there is no link.
func (m *Manifest) linkAt(p string) (string, error) {
	if e := m.entries[p]; e != nil {
		return e.Target, nil
	}
	st, err := m.source.Lstat(p)
	if errors.Is(err, unix.ENOENT) || err == nil && st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	target, err := m.source.Readlink(p)
	if err != nil {
		return "", err
	}
	m.put(&Entry{Path: p, Stat: st, Target: target, Source: p}, Origin{Kind: OnTheWay})
	return target, nil
}

// folderOnTheWay enters a folder on the way to dest.
func (m *Manifest) folderOnTheWay(p, dest string) error {
	if err := m.folder(p, Origin{Kind: OnTheWay, By: path.Clean(dest)}); err != nil {
		return err
	}
	if e := m.entries[p]; !e.IsDir() {
		return &fs.PathError{Op: "place", Path: dest, Err: fmt.Errorf("%s is not a folder", p)}
	}
	return nil
}

// errText returns the cause of err without the path that the caller names.
func errText(err error) string {
	var loop *rootfs.LoopError
	var errno unix.Errno
	if !errors.As(err, &loop) && errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// statIn returns the walked path of what p leads to in m.
func statIn(m *Manifest, p string) (string, error) {
	place, err := rootfs.Stat(m, p)
	return place.Path, err
}
