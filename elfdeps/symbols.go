package elfdeps

import (
	"bytes"
	"debug/elf"
	"io"
	"math"
)

const (
	// maxSymbols bounds the dynamic symbols that are looked at.
	maxSymbols = 1 << 20
	// maxNames bounds the bytes of the dynamic string table that are read.
	maxNames = 64 << 20

	symSize32 = 16
	symSize64 = 24
)

// A symTable says where the dynamic symbols are.
type symTable struct {
	symtab, strtab uint64
	strsz          uint64
	hash, gnuHash  uint64 // 0 when there is none
}

// imports returns the names of the undefined dynamic symbols. How many symbols
// there are stands nowhere but in the hash tables: that of the System V ABI
// counts them all, GNU's begins behind the undefined ones.
func (r *objectReader) imports() []string {
	t, ok := r.symTable()
	if !ok {
		return nil
	}
	n := r.symbolCount(t)
	names := r.span(t.strtab, min(t.strsz, maxNames))
	size := uint64(symSize32)
	if r.wide {
		size = symSize64
	}
	symbols := r.span(t.symtab, min(n, maxSymbols)*size)
	var list []string
	for ; uint64(len(symbols)) >= size; symbols = symbols[size:] {
		if name := r.undefined(symbols[:size], names); name != "" {
			list = append(list, name)
		}
	}
	return list
}

// symTable finds the tables' addresses in the dynamic section.
func (r *objectReader) symTable() (t symTable, ok bool) {
	off, err := r.offset(r.dynamic.vaddr, "PT_DYNAMIC")
	if err != nil {
		return t, false
	}
	to := map[elf.DynTag]*uint64{
		elf.DT_SYMTAB: &t.symtab, elf.DT_STRTAB: &t.strtab, elf.DT_STRSZ: &t.strsz,
		elf.DT_HASH: &t.hash, elf.DT_GNU_HASH: &t.gnuHash,
	}
	size := 8
	if r.wide {
		size = 16
	}
	var buf [16]byte
	for end := uint64(size); end <= r.dynamic.filesz; end += uint64(size) {
		if r.read(buf[:size], off, "dynamic section") != nil {
			return t, false
		}
		tag := elf.DynTag(int32(r.word(buf[:])))
		if tag == elf.DT_NULL {
			break
		}
		if p := to[tag]; p != nil {
			*p = r.word(buf[size/2:])
		}
		off += int64(size)
	}
	return t, t.symtab != 0 && t.strtab != 0
}

// symbolCount returns how many symbols may be undefined.
func (r *objectReader) symbolCount(t symTable) uint64 {
	switch {
	case t.gnuHash != 0:
		return r.hashWord(t.gnuHash, 1) // symoffset: the first symbol that is hashed
	case t.hash != 0:
		return r.hashWord(t.hash, 1) // nchain
	case t.strtab > t.symtab: // as linkers lay them out
		return (t.strtab - t.symtab) / symSize32
	}
	return 0
}

// hashWord reads word i of a hash table, 0 where there is none.
func (r *objectReader) hashWord(table uint64, i int) uint64 {
	b := r.span(table, uint64(4*i+4))
	if len(b) < 4*i+4 {
		return 0
	}
	return uint64(r.order.Uint32(b[4*i:]))
}

// span returns up to n bytes mapped at vaddr, fewer where the file ends.
func (r *objectReader) span(vaddr, n uint64) []byte {
	off, err := r.offset(vaddr, "address")
	if err != nil || off >= r.size {
		return nil
	}
	b := make([]byte, min(n, uint64(r.size-off), math.MaxInt32))
	got, err := r.r.ReadAt(b, off)
	if err != nil && err != io.EOF {
		return nil
	}
	return b[:got]
}

// undefined returns the name of the symbol in b if it is undefined, else "".
func (r *objectReader) undefined(b, names []byte) string {
	section := b[14:]
	if r.wide {
		section = b[6:]
	}
	at := uint64(r.order.Uint32(b))
	if elf.SectionIndex(r.order.Uint16(section)) != elf.SHN_UNDEF || at == 0 || at >= uint64(len(names)) {
		return ""
	}
	name := names[at:]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		return string(name[:end])
	}
	return ""
}
