// Package dlopennote reads the notes by which an ELF object says what it opens
// with dlopen(3), so that tools see what DT_NEEDED does not show (the ELF
// dlopen metadata of the UAPI group, written by systemd's and other libraries).
//
// A note has the owner "FDO" and the type 0x407c0c0a. Its descriptor is a JSON
// array of objects; each lists sonames of which any one serves, and how much
// the object wants it.
package dlopennote

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
)

const (
	owner    = "FDO\x00"
	noteType = 0x407c0c0a
)

// A Priority says how much an object wants a library.
type Priority string

// The priorities of the specification. Recommended is the default.
const (
	Required    Priority = "required"
	Recommended Priority = "recommended"
	Suggested   Priority = "suggested"
)

// An Entry is one library, or several that do the same.
type Entry struct {
	Sonames     []string `json:"soname"` // in the order in which they are tried
	Feature     string   `json:"feature"`
	Description string   `json:"description"`
	Priority    Priority `json:"priority"`
}

// Parse decodes the descriptor of one note.
func Parse(desc []byte) ([]Entry, error) {
	var entries []Entry
	if err := json.Unmarshal(bytes.TrimRight(desc, "\x00"), &entries); err != nil {
		return nil, fmt.Errorf("parse dlopen note: %w", err)
	}
	for i := range entries {
		switch e := &entries[i]; e.Priority {
		case Required, Recommended, Suggested:
		case "":
			e.Priority = Recommended
		default:
			return nil, fmt.Errorf("parse dlopen note: unknown priority %q", e.Priority)
		}
	}
	return entries, nil
}

// Notes yields the descriptors of such notes in the bytes of a PT_NOTE segment
// whose p_align is align. What follows a malformed note is not read.
func Notes(segment []byte, order binary.ByteOrder, align uint64) iter.Seq[[]byte] {
	if align != 8 {
		align = 4
	}
	return func(yield func([]byte) bool) {
		for len(segment) >= 12 {
			name, desc, typ, rest, ok := next(segment, order, align)
			if !ok || typ == noteType && string(name) == owner && !yield(desc) {
				return
			}
			segment = rest
		}
	}
}

// next splits the first note off b: three words, the name and the descriptor,
// which begin at multiples of align.
func next(b []byte, order binary.ByteOrder, align uint64) (name, desc []byte, typ uint32, rest []byte, ok bool) {
	namesz, descsz := uint64(order.Uint32(b)), uint64(order.Uint32(b[4:]))
	up := func(n uint64) uint64 { return (n + align - 1) &^ (align - 1) }
	from := up(12 + namesz)
	end := from + descsz
	if end > uint64(len(b)) {
		return nil, nil, 0, nil, false
	}
	return b[12 : 12+namesz], b[from:end], order.Uint32(b[8:]), b[min(up(end), uint64(len(b))):], true
}
