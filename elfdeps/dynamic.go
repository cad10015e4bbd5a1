package elfdeps

import (
	"debug/elf"
	"fmt"
	"strings"
)

// A dynTable holds the entries of the dynamic section that are read after it.
type dynTable struct {
	strtab    uint64
	hasStrtab bool
	soname    *uint64
	rpath     *uint64
	runpath   *uint64
	verneed   *uint64
	verdef    *uint64
	audit     []uint64
	deps      []dynDep
}

type dynDep struct {
	kind Kind
	name uint64
}

var depKinds = map[elf.DynTag]Kind{
	elf.DT_NEEDED:    Needed,
	elf.DT_AUXILIARY: Auxiliary,
	elf.DT_FILTER:    Filter,
}

// readDynamic reads the dynamic section where the program header says that it
// is mapped, as the loader does, and the strings and versions it leads to.
func (r *objectReader) readDynamic() error {
	off, err := r.offset(r.dynamic.vaddr, "PT_DYNAMIC")
	if err != nil {
		return err
	}
	t, err := r.dynEntries(off, r.dynamic.filesz)
	if err != nil {
		return err
	}
	if err := r.dynStrings(t); err != nil {
		return err
	}
	return r.versions(t)
}

// dynEntries reads entries of 2 words up to DT_NULL or the segment's end.
func (r *objectReader) dynEntries(off int64, size uint64) (*dynTable, error) {
	t := &dynTable{}
	var buf [16]byte
	b := buf[:8]
	if r.wide {
		b = buf[:]
	}
	half := len(b) / 2
	for end := uint64(0); end+uint64(len(b)) <= size; end += uint64(len(b)) {
		if err := r.read(b, off, "dynamic section"); err != nil {
			return nil, err
		}
		tag := elf.DynTag(int32(r.word(b)))
		if tag == elf.DT_NULL {
			break
		}
		if err := r.spend(int64(half), off, "dynamic section"); err != nil {
			return nil, err
		}
		t.add(r.obj, tag, r.word(b[half:]))
		off += int64(len(b))
	}
	return t, nil
}

// add notes one entry. Of a tag that occurs twice the last one counts.
func (t *dynTable) add(o *Object, tag elf.DynTag, val uint64) {
	switch tag {
	case elf.DT_NEEDED, elf.DT_AUXILIARY, elf.DT_FILTER:
		t.deps = append(t.deps, dynDep{depKinds[tag], val})
	case elf.DT_AUDIT, elf.DT_DEPAUDIT:
		t.audit = append(t.audit, val)
	case elf.DT_STRTAB:
		t.strtab, t.hasStrtab = val, true
	case elf.DT_SONAME:
		t.soname = &val
	case elf.DT_RPATH:
		t.rpath = &val
	case elf.DT_RUNPATH:
		t.runpath = &val
	case elf.DT_FLAGS_1:
		o.Flags1 = elf.DynFlag1(val)
	case elf.DT_VERNEED:
		t.verneed = &val
	case elf.DT_VERDEF:
		t.verdef = &val
	}
}

// dynStrings reads the names that the dynamic section points to.
func (r *objectReader) dynStrings(t *dynTable) error {
	if !t.hasStrtab {
		if len(t.deps) > 0 {
			return &FormatError{clampOffset(r.dynamic.offset), "DT_STRTAB", "missing, yet names are needed"}
		}
		return nil
	}
	for _, d := range t.deps {
		name, err := r.dynString(t, d.name, "DT_"+d.kind.String())
		if err != nil {
			return err
		}
		r.obj.Deps = append(r.obj.Deps, Dep{d.kind, name})
	}
	for _, at := range t.audit {
		list, err := r.dynString(t, at, "DT_AUDIT")
		if err != nil {
			return err
		}
		r.obj.Audit = append(r.obj.Audit, strings.Split(list, ":")...)
	}
	if t.soname != nil {
		name, err := r.dynString(t, *t.soname, "DT_SONAME")
		if err != nil {
			return err
		}
		r.obj.Soname = name
	}
	return r.searchPaths(t)
}

func (r *objectReader) searchPaths(t *dynTable) error {
	for _, p := range []struct {
		at    *uint64
		to    **string
		field string
	}{{t.rpath, &r.obj.Rpath, "DT_RPATH"}, {t.runpath, &r.obj.Runpath, "DT_RUNPATH"}} {
		if p.at == nil {
			continue
		}
		s, err := r.dynString(t, *p.at, p.field)
		if err != nil {
			return err
		}
		*p.to = &s
	}
	return nil
}

// dynString reads the string at index i of the dynamic string table.
func (r *objectReader) dynString(t *dynTable, i uint64, field string) (string, error) {
	off, err := r.offset(t.strtab+i, field)
	if err != nil {
		return "", err
	}
	return r.cstring(off, field)
}

// versions reads the symbol versions needed and defined: chains of records
// linked by offsets relative to each record (elf(5), Elf64_Verneed).
func (r *objectReader) versions(t *dynTable) error {
	if t.verneed != nil && t.hasStrtab {
		if err := r.verneed(t); err != nil {
			return err
		}
	}
	if t.verdef != nil && t.hasStrtab {
		r.obj.Defines = []string{}
		return r.verdef(t)
	}
	return nil
}

// chain calls each for the records of size bytes from addr on, where each
// returns the distance to the next one, 0 at the end.
func (r *objectReader) chain(addr uint64, size int, field string, each func(addr uint64, b []byte) (uint32, error)) error {
	var buf [20]byte
	for {
		off, err := r.offset(addr, field)
		if err != nil {
			return err
		}
		if err := r.spend(int64(size), off, field); err != nil {
			return err
		}
		if err := r.read(buf[:size], off, field); err != nil {
			return err
		}
		next, err := each(addr, buf[:size])
		if err != nil || next == 0 {
			return err
		}
		addr += uint64(next)
	}
}

func (r *objectReader) verneed(t *dynTable) error {
	return r.chain(*t.verneed, 16, "DT_VERNEED", func(addr uint64, b []byte) (uint32, error) {
		file, err := r.dynString(t, uint64(r.order.Uint32(b[4:])), "vn_file")
		if err != nil {
			return 0, err
		}
		need := VersionNeed{File: file}
		next := r.order.Uint32(b[12:])
		if r.order.Uint16(b[2:]) > 0 {
			err = r.vernaux(t, addr+uint64(r.order.Uint32(b[8:])), &need)
		}
		r.obj.Needs = append(r.obj.Needs, need)
		return next, err
	})
}

// verFlagWeak is VER_FLG_WEAK of <elf.h>.
const verFlagWeak = 2

func (r *objectReader) vernaux(t *dynTable, addr uint64, need *VersionNeed) error {
	return r.chain(addr, 16, "vn_aux", func(_ uint64, b []byte) (uint32, error) {
		name, err := r.dynString(t, uint64(r.order.Uint32(b[8:])), "vna_name")
		weak := r.order.Uint16(b[4:])&verFlagWeak != 0
		need.Versions = append(need.Versions, Version{name, weak})
		return r.order.Uint32(b[12:]), err
	})
}

func (r *objectReader) verdef(t *dynTable) error {
	return r.chain(*t.verdef, 20, "DT_VERDEF", func(addr uint64, b []byte) (uint32, error) {
		var aux [8]byte
		off, err := r.offset(addr+uint64(r.order.Uint32(b[12:])), "vd_aux")
		if err != nil {
			return 0, err
		}
		if err := r.read(aux[:], off, "vd_aux"); err != nil {
			return 0, err
		}
		name, err := r.dynString(t, uint64(r.order.Uint32(aux[:])), "vda_name")
		if err != nil {
			return 0, fmt.Errorf("version definition: %w", err)
		}
		r.obj.Defines = append(r.obj.Defines, name)
		return r.order.Uint32(b[16:]), nil
	})
}
