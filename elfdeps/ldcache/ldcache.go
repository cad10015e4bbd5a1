// Package ldcache reads and writes ld.so.cache, the file in which ldconfig(8)
// lists the libraries of the folders of ld.so.conf and where glibc's loader
// looks a name up before it tries its default folders.
//
// There are two formats (sysdeps/generic/dl-cache.h in glibc). The old one, of
// libc5 and glibc 2.0, is an array of entries behind a header. The new one
// stands alone since 2.32, before that behind an old one in the same file; its
// entries also hold hardware features, and an extension directory names the
// glibc-hwcaps folders that they refer to. Numbers are in the byte order of the
// machine. Entries are sorted downwards by [Compare] so that the loader can
// search by bisection.
package ldcache

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
)

// An Entry is one library in the cache.
type Entry struct {
	Name   string // soname
	Path   string
	Flags  uint32 // the C library and machine, see [Flags]
	HWCap  uint64 // hardware features that it needs, or the extension's index
	Subdir string // folder below glibc-hwcaps, "" for none
}

// Variant tells whether the entry is for CPUs with certain features only.
func (e Entry) Variant() bool { return e.HWCap != 0 || e.Subdir != "" }

// A Cache is a parsed ld.so.cache.
type Cache struct {
	Entries []Entry // in the order of the file
}

// A FormatError reports bytes that are no ld.so.cache of the machine.
type FormatError struct {
	Offset int    // in the file
	Field  string // in the words of dl-cache.h
	Reason string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("malformed ld.so.cache: %s at offset %#x: %s", e.Field, e.Offset, e.Reason)
}

const (
	elfLibc6 = 0x0003 // FLAG_ELF_LIBC6

	// hwcapExtension marks an HWCap whose lower half is an index into the
	// names of glibc-hwcaps folders (DL_CACHE_HWCAP_EXTENSION); some bits
	// beside it are the level of the instruction set.
	hwcapExtension = 1 << 62
	hwcapISAMask   = 0x3ff << 32
)

// Flags returns the flags of entries for a machine (_DL_CACHE_DEFAULT_ID in
// each port's dl-cache.h), ok false for one that is not known. eflags is e_flags
// of the ELF header.
func Flags(m elf.Machine, c elf.Class, eflags uint32) (flags uint32, ok bool) {
	const armSoft, riscvFloat, riscvDouble = 0x200, 0x6, 0x4
	required, ok := uint32(0), true
	wide := c == elf.ELFCLASS64
	switch {
	case m == elf.EM_386:
	case m == elf.EM_X86_64 && wide:
		required = 0x0300
	case m == elf.EM_X86_64:
		required = 0x0800
	case m == elf.EM_AARCH64 && wide:
		required = 0x0a00
	case m == elf.EM_ARM && eflags&armSoft != 0:
		required = 0x0b00
	case m == elf.EM_ARM:
		required = 0x0900
	case m == elf.EM_RISCV && wide && eflags&riscvFloat == riscvDouble:
		required = 0x1000
	case m == elf.EM_RISCV && wide:
		required = 0x0f00
	case m == elf.EM_PPC64:
		required = 0x0500
	case m == elf.EM_S390 && wide:
		required = 0x0400
	case m == elf.EM_LOONGARCH && wide:
		required = 0x1200
	default:
		ok = false
	}
	return required | elfLibc6, ok
}

// accepts tells whether the loader of the machine with these flags takes an
// entry (_dl_cache_check_flags): i386 also takes plain ELF, ARM also takes
// entries that say nothing of the float ABI.
func accepts(flags, entry uint32) bool {
	switch {
	case entry == flags:
		return true
	case flags == elfLibc6:
		return entry == 1
	case flags == 0x0903 || flags == 0x0b03:
		return entry == elfLibc6
	}
	return false
}

// Compare orders names as the cache does (_dl_cache_libcmp): runs of digits
// count as numbers, so libx.so.10 is more than libx.so.9.
func Compare(a, b string) int {
	for a != "" {
		switch {
		case digit(a) && digit(b):
			var m, n int32
			m, a = number(a)
			n, b = number(b)
			if m != n {
				return int(m - n)
			}
		case digit(a):
			return 1
		case digit(b):
			return -1
		case b == "" || a[0] != b[0]:
			return cmp.Compare(first(a), first(b))
		default:
			a, b = a[1:], b[1:]
		}
	}
	return cmp.Compare(0, first(b))
}

func digit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// first returns the first byte of s as C's char is on most machines, 0 at its end.
func first(s string) int {
	if s == "" {
		return 0
	}
	return int(int8(s[0]))
}

// number takes the digits that s begins with; it overflows as C's int does.
func number(s string) (n int32, rest string) {
	for digit(s) {
		n, s = n*10+int32(s[0]-'0'), s[1:]
	}
	return n, s
}

// Lookup returns the entries for name that the loader of a machine with these
// flags considers, in its order. The search is the loader's own bisection, so
// in a cache that is sorted in another way it misses what the loader misses.
func (c *Cache) Lookup(name string, flags uint32) []Entry {
	left, right := 0, len(c.Entries)-1
	for left <= right {
		middle := (left + right) / 2
		switch order := Compare(name, c.Entries[middle].Name); {
		case order == 0:
			return c.matches(name, flags, middle, right)
		case order < 0:
			left = middle + 1
		default:
			right = middle - 1
		}
	}
	return nil
}

// matches collects the run of entries for name around index i, up to right.
func (c *Cache) matches(name string, flags uint32, i, right int) []Entry {
	for i > 0 && Compare(name, c.Entries[i-1].Name) == 0 {
		i--
	}
	var list []Entry
	for ; i <= right && Compare(name, c.Entries[i].Name) == 0; i++ {
		if accepts(flags, c.Entries[i].Flags) {
			list = append(list, c.Entries[i])
		}
	}
	return list
}

// order8 returns the byte order as the new header's flags have it.
func order8(order binary.ByteOrder) byte {
	if order.Uint16([]byte{0, 1}) == 1 {
		return 3
	}
	return 2
}
