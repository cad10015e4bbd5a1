package ldcache

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Encode returns the cache in the new format, as ldconfig writes it since glibc
// 2.32 and every loader since 2.2 reads it. The entries may stand in any order
// in c; the bytes depend on nothing but them.
func (c *Cache) Encode(order Order) []byte {
	return (&encoder{Order: order}).encode(c)
}

// An Order is binary.LittleEndian or binary.BigEndian.
type Order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

type encoder struct {
	Order
	base    int // file offset of the strings
	strings []byte
	index   map[string]uint32
	subdirs []string
}

func (e *encoder) encode(c *Cache) []byte {
	list := slices.Clone(c.Entries)
	for i := range list {
		if s := list[i].Subdir; s != "" && !slices.Contains(e.subdirs, s) {
			e.subdirs = append(e.subdirs, s)
		}
	}
	slices.Sort(e.subdirs)
	slices.SortFunc(list, e.compare)
	e.base, e.index = headerNew+len(list)*entryNew, map[string]uint32{}

	var libs []byte
	for _, entry := range list {
		libs = e.entry(libs, entry)
	}
	ext := e.extension()
	b := e.header(len(list), len(ext) > 0)
	b = append(append(b, libs...), e.strings...)
	if len(ext) > 0 {
		b = append(b, make([]byte, -len(b)&3)...)
	}
	return append(b, ext...)
}

// compare puts the higher name first and, for one name, builds for certain
// CPUs before others, as the loader expects.
func (e *encoder) compare(a, b Entry) int {
	return cmp.Or(
		Compare(b.Name, a.Name),
		cmp.Compare(b.Flags, a.Flags),
		cmp.Compare(e.hwcap(b), e.hwcap(a)),
		cmp.Compare(a.Path, b.Path),
	)
}

func (e *encoder) hwcap(entry Entry) uint64 {
	if entry.Subdir == "" {
		return entry.HWCap
	}
	return hwcapExtension | entry.HWCap&hwcapISAMask | uint64(slices.Index(e.subdirs, entry.Subdir))
}

func (e *encoder) entry(b []byte, entry Entry) []byte {
	b = e.AppendUint32(b, entry.Flags)
	b = e.AppendUint32(b, e.string(entry.Name))
	b = e.AppendUint32(b, e.string(entry.Path))
	b = e.AppendUint32(b, 0) // osversion, unused
	return e.AppendUint64(b, e.hwcap(entry))
}

// string adds s to the strings once and returns its offset in the file.
func (e *encoder) string(s string) uint32 {
	if at, ok := e.index[s]; ok {
		return at
	}
	at := uint32(e.base + len(e.strings))
	e.strings = append(append(e.strings, s...), 0)
	e.index[s] = at
	return at
}

func (e *encoder) header(n int, extended bool) []byte {
	b := e.AppendUint32([]byte(magicNew), uint32(n))
	b = e.AppendUint32(b, uint32(len(e.strings)))
	b = append(b, order8(e.Order), 0, 0, 0)
	offset := uint32(0)
	if extended {
		offset = uint32(e.end())
	}
	b = e.AppendUint32(b, offset)
	return append(b, make([]byte, 12)...)
}

// end returns the offset behind the strings at which an extension may stand.
func (e *encoder) end() int { return (e.base + len(e.strings) + 3) &^ 3 }

// extension returns the extension directory with the names of the
// glibc-hwcaps folders, nil when there are none.
func (e *encoder) extension() []byte {
	if len(e.subdirs) == 0 {
		return nil
	}
	var names []byte
	for _, s := range e.subdirs {
		names = e.AppendUint32(names, e.string(s))
	}
	b := e.AppendUint32(nil, extensionMagic)
	b = e.AppendUint32(b, 1) // sections
	b = e.AppendUint32(b, extensionHWCaps)
	b = e.AppendUint32(b, 0) // flags
	b = e.AppendUint32(b, uint32(e.end()+24))
	b = e.AppendUint32(b, uint32(len(names)))
	return append(b, names...)
}
