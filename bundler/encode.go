package bundler

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// formatVersion is the version of the manifest's JSON. It changes when a
// reader of the old one would misread the new one.
const formatVersion = 1

// A document is a manifest in JSON.
type document struct {
	Version int       `json:"magicpak-manifest"`
	Entries []element `json:"entries"`
	Notes   []note    `json:"notes,omitempty"`
}

// An element is an entry in JSON.
type element struct {
	Path    name     `json:"path"`
	Type    string   `json:"type"`
	Mode    string   `json:"mode"` // octal, without the type
	UID     uint32   `json:"uid"`
	GID     uint32   `json:"gid"`
	Size    int64    `json:"size,omitempty"`  // bytes of a file
	Mtime   string   `json:"mtime,omitempty"` // seconds since 1970 with nanoseconds
	Rdev    uint64   `json:"rdev,omitempty"`
	Target  name     `json:"target,omitempty"`
	Source  name     `json:"source,omitempty"`
	Origins []origin `json:"origins"`
}

type origin struct {
	Kind   Kind `json:"kind"`
	By     name `json:"by,omitempty"`
	Detail name `json:"detail,omitempty"`
}

type note struct {
	Path   name   `json:"path"`
	Reason string `json:"reason"`
}

// A name is a path or text of bytes.
type name = rootfs.ByteName

var typeNames = map[uint32]string{
	unix.S_IFDIR: "dir", unix.S_IFREG: "file", unix.S_IFLNK: "link",
	unix.S_IFIFO: "fifo", unix.S_IFSOCK: "socket", unix.S_IFCHR: "char", unix.S_IFBLK: "block",
}

// Encode writes the manifest as JSON. Equal manifests give equal bytes.
func (m *Manifest) Encode(w io.Writer) error {
	doc := document{Version: formatVersion}
	for e := range m.Entries() {
		doc.Entries = append(doc.Entries, encodeEntry(e))
	}
	for _, n := range m.notes {
		doc.Notes = append(doc.Notes, note{name(n.Path), n.Reason})
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}

func encodeEntry(e *Entry) element {
	st := e.Stat
	el := element{
		Path: name(e.Path), Type: typeNames[e.format()], Mode: fmt.Sprintf("%04o", st.Mode&0o7777),
		UID: st.Uid, GID: st.Gid, Target: name(e.Target), Source: name(e.Source),
		Mtime: fmt.Sprintf("%d.%09d", st.Mtim.Sec, st.Mtim.Nsec),
	}
	switch e.format() {
	case unix.S_IFREG:
		el.Size = st.Size
	case unix.S_IFCHR, unix.S_IFBLK:
		el.Rdev = st.Rdev
	}
	for _, o := range e.Origins {
		el.Origins = append(el.Origins, origin{o.Kind, name(o.By), name(o.Detail)})
	}
	return el
}

// Decode reads a manifest that [Manifest.Encode] wrote. It has no source: it
// can be asked, but not written as a bundle.
func Decode(r io.Reader) (*Manifest, error) {
	var doc document
	if err := json.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	switch {
	case doc.Version == 0:
		return nil, fmt.Errorf("read manifest: this is JSON, but no manifest of magicpak")
	case doc.Version != formatVersion:
		return nil, fmt.Errorf("read manifest: version %d; this magicpak reads version %d", doc.Version, formatVersion)
	}
	m := &Manifest{entries: map[string]*Entry{}}
	for _, el := range doc.Entries {
		e, err := decodeEntry(el)
		if err != nil {
			return nil, err
		}
		if m.entries[e.Path] != nil {
			return nil, fmt.Errorf("read manifest: %s: twice", e.Path)
		}
		m.entries[e.Path] = e
	}
	for _, n := range doc.Notes {
		m.notes = append(m.notes, Note{string(n.Path), n.Reason})
	}
	return m, nil
}

func decodeEntry(el element) (*Entry, error) {
	e := &Entry{Path: string(el.Path), Target: string(el.Target), Source: string(el.Source)}
	if !isWalked(e.Path) {
		return nil, fmt.Errorf("read manifest: %q: no absolute path, or not a plain one", e.Path)
	}
	mode, err := strconv.ParseUint(el.Mode, 8, 12)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %s: mode %q", e.Path, el.Mode)
	}
	e.Stat = unix.Stat_t{Mode: uint32(mode), Uid: el.UID, Gid: el.GID, Size: el.Size, Rdev: el.Rdev}
	for format, t := range typeNames {
		if t == el.Type {
			e.Stat.Mode |= format
		}
	}
	if e.format() == 0 {
		return nil, fmt.Errorf("read manifest: %s: type %q", e.Path, el.Type)
	}
	if e.Stat.Mtim, err = decodeTime(el.Mtime); err != nil {
		return nil, fmt.Errorf("read manifest: %s: time %q", e.Path, el.Mtime)
	}
	for _, o := range el.Origins {
		e.Origins = append(e.Origins, Origin{o.Kind, string(o.By), string(o.Detail)})
	}
	return e, nil
}

// decodeTime reads seconds and nine digits of nanoseconds.
func decodeTime(s string) (t unix.Timespec, err error) {
	sec, nsec, _ := strings.Cut(s, ".")
	if t.Sec, err = strconv.ParseInt(sec, 10, 64); err == nil {
		t.Nsec, err = strconv.ParseInt(nsec, 10, 64)
	}
	if err == nil && (t.Nsec < 0 || t.Nsec >= 1e9) {
		err = strconv.ErrRange
	}
	return t, err
}
