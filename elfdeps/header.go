package elfdeps

import (
	"debug/elf"
	"encoding/binary"
)

// A header is the ELF header, decoded in the order and class that it names.
type header struct {
	ident     [elf.EI_NIDENT]byte
	typ       elf.Type
	machine   elf.Machine
	version   uint32
	phoff     uint64
	shoff     uint64
	flags     uint32
	phentsize uint16
	phnum     uint16
	shentsize uint16
	shnum     uint16
}

const (
	headerSize32 = 52
	headerSize64 = 64
	phdrSize32   = 32
	phdrSize64   = 56
	shdrSize32   = 40
	shdrSize64   = 64
)

func (h *header) class() elf.Class { return elf.Class(h.ident[elf.EI_CLASS]) }
func (h *header) data() elf.Data   { return elf.Data(h.ident[elf.EI_DATA]) }

// isELF tells whether the magic number is there.
func (h *header) isELF() bool { return string(h.ident[:4]) == elf.ELFMAG }

// byteOrder returns the order that the header names, little-endian for want of one.
func (h *header) byteOrder() binary.ByteOrder {
	if h.data() == elf.ELFDATA2MSB {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// readHeader decodes the header that m begins with, whatever it says. A file
// too short for its class is an error.
func readHeader(m *image) (*header, error) {
	h := &header{}
	if err := m.read(h.ident[:], 0, "e_ident"); err != nil {
		return h, err
	}
	m.order, m.wide = h.byteOrder(), h.class() == elf.ELFCLASS64
	var buf [headerSize64]byte
	b := buf[:headerSize32]
	if m.wide {
		b = buf[:]
	}
	if err := m.read(b, 0, "ELF header"); err != nil {
		return h, err
	}
	h.decode(m, b)
	return h, nil
}

// decode takes the fields after e_ident from b, the whole header.
func (h *header) decode(m *image, b []byte) {
	h.typ = elf.Type(m.order.Uint16(b[16:]))
	h.machine = elf.Machine(m.order.Uint16(b[18:]))
	h.version = m.order.Uint32(b[20:])
	at := 28 // of e_phoff, behind the class-sized e_entry
	if m.wide {
		at = 32
	}
	h.phoff = m.word(b[at:])
	h.shoff = m.word(b[at+m.wordSize():])
	tail := b[len(b)-16:] // e_flags to e_shstrndx, alike in both classes
	h.flags = m.order.Uint32(tail)
	h.phentsize = m.order.Uint16(tail[6:])
	h.phnum = m.order.Uint16(tail[8:])
	h.shentsize = m.order.Uint16(tail[10:])
	h.shnum = m.order.Uint16(tail[12:])
}

// check tells whether the rest of the file can be read by this header.
func (h *header) check() error {
	switch {
	case !h.isELF():
		return &FormatError{0, "e_ident", "no ELF magic number"}
	case h.class() != elf.ELFCLASS32 && h.class() != elf.ELFCLASS64:
		return &FormatError{elf.EI_CLASS, "EI_CLASS", "neither 32-bit nor 64-bit"}
	case h.data() != elf.ELFDATA2LSB && h.data() != elf.ELFDATA2MSB:
		return &FormatError{elf.EI_DATA, "EI_DATA", "neither little-endian nor big-endian"}
	case h.phnum > 0 && h.phentsize != h.wantPhentsize():
		return &FormatError{int64(h.phentsizeOffset()), "e_phentsize", "not the size of a program header"}
	}
	return nil
}

// wantPhentsize returns the size of a program header of the class.
func (h *header) wantPhentsize() uint16 {
	if h.class() == elf.ELFCLASS64 {
		return phdrSize64
	}
	return phdrSize32
}

// wantShentsize returns the size of a section header of the class.
func (h *header) wantShentsize() uint16 {
	if h.class() == elf.ELFCLASS64 {
		return shdrSize64
	}
	return shdrSize32
}

func (h *header) phentsizeOffset() int {
	if h.class() == elf.ELFCLASS64 {
		return 54
	}
	return 42
}

// A segment is one program header.
type segment struct {
	typ    elf.ProgType
	flags  elf.ProgFlag
	offset uint64
	vaddr  uint64
	filesz uint64
	memsz  uint64
	align  uint64
}

// decodeSegment decodes a program header of m's class.
func decodeSegment(m *image, b []byte) segment {
	s := segment{typ: elf.ProgType(m.order.Uint32(b))}
	if m.wide {
		s.flags = elf.ProgFlag(m.order.Uint32(b[4:]))
		s.offset, s.vaddr = m.order.Uint64(b[8:]), m.order.Uint64(b[16:])
		s.filesz, s.memsz, s.align = m.order.Uint64(b[32:]), m.order.Uint64(b[40:]), m.order.Uint64(b[48:])
		return s
	}
	s.flags = elf.ProgFlag(m.order.Uint32(b[24:]))
	word := func(i int) uint64 { return uint64(m.order.Uint32(b[i:])) }
	s.offset, s.vaddr, s.filesz, s.memsz, s.align = word(4), word(8), word(16), word(20), word(28)
	return s
}
