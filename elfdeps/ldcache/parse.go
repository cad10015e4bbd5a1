package ldcache

import (
	"bytes"
	"encoding/binary"
)

const (
	magicOld = "ld.so-1.7.0"
	magicNew = "glibc-ld.so.cache1.1"

	headerOld = 16 // magic, padding, nlibs
	entryOld  = 12 // flags, key, value
	headerNew = 48
	entryNew  = 24 // as old, then osversion and hwcap

	extensionMagic  = 0xeaa42174
	extensionHWCaps = 1 // cache_extension_tag_glibc_hwcaps
)

// Parse reads a cache of a machine with this byte order. It does not keep b.
// What is malformed is a [*FormatError]; the loader ignores such a cache.
func Parse(b []byte, order binary.ByteOrder) (*Cache, error) {
	switch {
	case bytes.HasPrefix(b, []byte(magicNew)):
		return parseNew(b, order)
	case !bytes.HasPrefix(b, []byte(magicOld)):
		return nil, &FormatError{0, "magic", "neither the old format nor the new"}
	case len(b) < headerOld:
		return nil, &FormatError{len(magicOld), "nlibs", "lies beyond the end of the file"}
	}
	n, err := count(b, order, 12, headerOld, entryOld)
	if err != nil {
		return nil, err
	}
	end := headerOld + n*entryOld
	if at := (end + 7) &^ 7; len(b) > at && bytes.HasPrefix(b[at:], []byte(magicNew)) {
		return parseNew(b[at:], order)
	}
	return entries(table{b[headerOld:], b[end:], order, n, entryOld, nil}), nil
}

// count reads the number of entries at offset at and checks that they fit.
func count(b []byte, order binary.ByteOrder, at, header, size int) (int, error) {
	n := order.Uint32(b[at:])
	if uint64(n) > uint64((len(b)-header)/size) {
		return 0, &FormatError{at, "nlibs", "more entries than the file holds"}
	}
	return int(n), nil
}

func parseNew(b []byte, order binary.ByteOrder) (*Cache, error) {
	const nlibsAt, flagsAt = 20, 28
	if len(b) < headerNew {
		return nil, &FormatError{len(b), "header", "lies beyond the end of the file"}
	}
	if f := b[flagsAt]; f != 0 && f&3 != order8(order) {
		return nil, &FormatError{flagsAt, "flags", "the byte order is not the machine's"}
	}
	n, err := count(b, order, nlibsAt, headerNew, entryNew)
	if err != nil {
		return nil, err
	}
	return entries(table{b[headerNew:], b, order, n, entryNew, subdirs(b, order)}), nil
}

// A table is an array of entries and the strings that it refers to.
type table struct {
	libs    []byte
	strings []byte
	order   binary.ByteOrder
	n, size int
	subdirs []string
}

// entries decodes t. The loader stops at an index outside of the strings; an
// entry with such a name ends the list here, one with such a path is left out.
func entries(t table) *Cache {
	c := &Cache{}
	for i := range t.n {
		b := t.libs[i*t.size:]
		name, ok := cString(t.strings, t.order.Uint32(b[4:]))
		if !ok {
			break
		}
		path, ok := cString(t.strings, t.order.Uint32(b[8:]))
		if !ok {
			continue
		}
		e := Entry{Name: name, Path: path, Flags: t.order.Uint32(b)}
		if t.size == entryNew {
			e.HWCap = t.order.Uint64(b[16:])
			e.Subdir = t.subdir(e.HWCap)
		}
		c.Entries = append(c.Entries, e)
	}
	return c
}

// subdir returns the glibc-hwcaps folder that hwcap refers to.
func (t *table) subdir(hwcap uint64) string {
	if hwcap&^hwcapISAMask>>32 != hwcapExtension>>32 {
		return ""
	}
	if i := uint32(hwcap); uint64(i) < uint64(len(t.subdirs)) {
		return t.subdirs[i]
	}
	return ""
}

// longest bounds a string of the cache: paths are shorter than PATH_MAX.
const longest = 4096

// cString returns the NUL-terminated string at off.
func cString(b []byte, off uint32) (string, bool) {
	if uint64(off) >= uint64(len(b)) {
		return "", false
	}
	b = b[off:min(len(b), int(off)+longest)]
	end := bytes.IndexByte(b, 0)
	if end < 0 {
		return "", false
	}
	return string(b[:end]), true
}

// subdirs reads the names of glibc-hwcaps folders from the extension
// directory. Where that is malformed there are none, as for the loader.
func subdirs(b []byte, order binary.ByteOrder) []string {
	const offsetAt, section = 32, 16
	off := uint64(order.Uint32(b[offsetAt:]))
	if off == 0 || off%4 != 0 || off+8 > uint64(len(b)) || order.Uint32(b[off:]) != extensionMagic {
		return nil
	}
	n := min(uint64(order.Uint32(b[off+4:])), (uint64(len(b))-off-8)/section)
	for i := range n {
		s := b[off+8+i*section:]
		if order.Uint32(s) == extensionHWCaps {
			return names(b, order, uint64(order.Uint32(s[8:])), uint64(order.Uint32(s[12:])))
		}
	}
	return nil
}

// names reads the strings that size bytes of indices at off refer to.
func names(b []byte, order binary.ByteOrder, off, size uint64) []string {
	if off+size > uint64(len(b)) || off%4 != 0 || size%4 != 0 {
		return nil
	}
	var list []string
	for ; size > 0; off, size = off+4, size-4 {
		name, _ := cString(b, order.Uint32(b[off:]))
		list = append(list, name)
	}
	return list
}
