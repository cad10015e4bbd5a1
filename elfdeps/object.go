package elfdeps

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"magicpak/elfdeps/ldcache"
)

// An Object is what the loader needs to know of one ELF file.
type Object struct {
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	Type    elf.Type
	Flags   uint32 // e_flags
	Interp  string // PT_INTERP, "" when there is none
	Dynamic bool   // has a PT_DYNAMIC segment with contents
	Soname  string // DT_SONAME
	Rpath   *string
	Runpath *string
	Flags1  elf.DynFlag1  // DT_FLAGS_1
	Deps    []Dep         // DT_NEEDED, DT_AUXILIARY and DT_FILTER in the order of the dynamic section
	Audit   []string      // DT_AUDIT and DT_DEPAUDIT
	Needs   []VersionNeed // DT_VERNEED
	Defines []string      // DT_VERDEF; nil without the tag
	Dlopen  []DlopenCandidate
	Packed  bool // compressed by upx: its dependencies cannot be seen

	ident  [elf.EI_NIDENT]byte
	loads  int  // PT_LOAD segments
	skewed bool // one of them cannot be mapped: its address and offset differ within a page
	hollow bool // PT_DYNAMIC without contents: debug information only
}

// A Dep is one entry of the dynamic section that names another object.
type Dep struct {
	Kind Kind
	Name string // tokens such as $ORIGIN are not expanded
}

// A VersionNeed lists the symbol versions wanted of one library.
type VersionNeed struct {
	File     string // as in DT_NEEDED
	Versions []Version
}

// A Version is one symbol version.
type Version struct {
	Name string
	Weak bool // its absence is no error (VER_FLG_WEAK)
}

// Pie tells whether the object is a position-independent executable.
func (o *Object) Pie() bool { return o.Flags1&elf.DF_1_PIE != 0 }

// ByteOrder returns the byte order of the object's machine.
func (o *Object) ByteOrder() ldcache.Order {
	if o.Data == elf.ELFDATA2MSB {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// Read reads the ELF file r of size bytes. It needs no section headers. Bytes
// that are no ELF are a [*FormatError]; other errors are the reader's own.
func Read(r io.ReaderAt, size int64) (*Object, error) {
	m := newImage(r, size)
	h, err := readHeader(m)
	if err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	return readObject(m, h)
}

// An objectReader collects an object from the segments of its file.
type objectReader struct {
	*image
	obj     *Object
	loads   []segment
	dynamic segment
	notes   []segment
}

// maxLoads bounds the PT_LOAD segments that are kept: the kernel refuses
// program headers of more than 64 KiB (load_elf_phdrs in fs/binfmt_elf.c).
const maxLoads = 65536 / phdrSize32

// pageSize is the smallest page of any machine.
const pageSize = 4096

func readObject(m *image, h *header) (*Object, error) {
	o := &Object{Class: h.class(), Data: h.data(), Machine: h.machine, Type: h.typ, Flags: h.flags, ident: h.ident}
	r := &objectReader{image: m, obj: o}
	if err := r.segments(h); err != nil {
		return nil, err
	}
	if o.Dynamic {
		if err := r.readDynamic(); err != nil {
			return nil, err
		}
	}
	o.Dlopen = r.dlopenNotes()
	o.Packed = !o.Dynamic && r.packed()
	return o, nil
}

// segments walks the program headers and keeps what is wanted of them.
func (r *objectReader) segments(h *header) error {
	var buf [phdrSize64]byte
	b := buf[:h.wantPhentsize()]
	for i := range int(h.phnum) {
		off := int64(h.phoff) + int64(i*len(b))
		if h.phoff > math.MaxInt64-(1<<22) {
			off = math.MaxInt64
		}
		if err := r.read(b, off, fmt.Sprintf("program header %d", i)); err != nil {
			return err
		}
		if err := r.segment(decodeSegment(r.image, b)); err != nil {
			return err
		}
	}
	return nil
}

func (r *objectReader) segment(s segment) error {
	switch s.typ {
	case elf.PT_LOAD:
		r.obj.loads++
		r.obj.skewed = r.obj.skewed || (s.vaddr-s.offset)%pageSize != 0
		if len(r.loads) < maxLoads {
			r.loads = append(r.loads, s)
		}
	case elf.PT_DYNAMIC:
		r.obj.hollow = s.filesz == 0
		r.obj.Dynamic = s.filesz > 0
		r.dynamic = s
	case elf.PT_NOTE:
		if len(r.notes) < maxLoads {
			r.notes = append(r.notes, s)
		}
	case elf.PT_INTERP:
		return r.interp(s)
	}
	return nil
}

// interp reads the interpreter's path. The kernel wants it NUL-terminated
// within the segment and shorter than PATH_MAX.
func (r *objectReader) interp(s segment) error {
	if s.filesz < 2 || s.filesz > 4096 {
		return &FormatError{clampOffset(s.offset), "PT_INTERP", "not the size of a path"}
	}
	path, err := r.cstring(clampOffset(s.offset), "PT_INTERP")
	if err != nil {
		return err
	}
	if uint64(len(path)) >= s.filesz {
		return &FormatError{clampOffset(s.offset), "PT_INTERP", "does not end within its segment"}
	}
	r.obj.Interp = path
	return nil
}

// clampOffset makes a file offset of a number that may be absurd.
func clampOffset(n uint64) int64 {
	return int64(min(n, math.MaxInt64))
}

// offset returns where the byte at vaddr lies in the file. Where segments
// overlap the later one was mapped over the earlier.
func (r *objectReader) offset(vaddr uint64, field string) (int64, error) {
	for i := len(r.loads) - 1; i >= 0; i-- {
		s := r.loads[i]
		if vaddr >= s.vaddr && vaddr-s.vaddr < s.filesz {
			if off := s.offset + (vaddr - s.vaddr); off < math.MaxInt64 {
				return int64(off), nil
			}
		}
	}
	return 0, &FormatError{clampOffset(vaddr), field, "address is in no PT_LOAD segment"}
}

// packed tells whether upx compressed the file: its loader's header, behind the
// program headers, holds a magic number.
func (r *objectReader) packed() bool {
	b, err := r.at(0)
	return err == nil && bytes.Contains(b, []byte("UPX!"))
}
