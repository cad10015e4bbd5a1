package elfdeps

import (
	"debug/elf"
	"io"
)

// Contents is what the bytes of an ELF file tell of what it does by itself,
// beyond what its loader reads.
type Contents struct {
	Class   elf.Class
	Data    elf.Data
	Machine elf.Machine
	Shared  bool     // ET_DYN
	Interp  string   // PT_INTERP
	Soname  string   // DT_SONAME
	Needed  []string // DT_NEEDED
	Defines []string // DT_VERDEF
	Imports []string // undefined dynamic symbols, without versions
	// Paths are the absolute paths among its strings, each once and in order.
	// One that is a pattern is cut behind the folder before it.
	Paths []string
	// Libraries are the names among its strings that look like a library's,
	// for example "libcups.so.2".
	Libraries []string
	// Suggests are the libraries that it can do without, as its dlopen notes say.
	Suggests []string
}

// ReadContents reads the ELF file r of size bytes as [Read] does, and its
// symbols and strings. Symbols that cannot be read are left out: the loader,
// which would fail at them, is asked elsewhere.
func ReadContents(r io.ReaderAt, size int64) (*Contents, error) {
	m := newImage(r, size)
	h, err := readHeader(m)
	if err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	o := &objectReader{image: m, obj: &Object{Class: h.class(), Data: h.data(), Machine: h.machine, Type: h.typ, ident: h.ident}}
	if err := o.segments(h); err != nil {
		return nil, err
	}
	c := &Contents{Class: h.class(), Data: h.data(), Machine: h.machine, Shared: h.typ == elf.ET_DYN, Interp: o.obj.Interp}
	if o.obj.Dynamic {
		if err := o.readDynamic(); err != nil {
			return nil, err
		}
		c.Imports = o.imports()
	}
	c.Soname, c.Defines, c.Suggests = o.obj.Soname, o.obj.Defines, o.suggests()
	for _, d := range o.obj.Deps {
		if d.Kind == Needed {
			c.Needed = append(c.Needed, d.Name)
		}
	}
	s := &stringScan{contents: c}
	for _, e := range o.dataExtents(h) {
		if err := s.scan(r, e); err != nil {
			return nil, err
		}
	}
	return c, nil
}
