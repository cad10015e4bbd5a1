//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// vmlinux is the running kernel's BTF (Documentation/bpf/btf.rst), of which
// the probe needs a few types of a hundred thousand. To decode all of them, as
// the library does, takes longer than all else in loading the probe.
type vmlinux struct {
	types, texts []byte
	offsets      []uint32                   // of types, by ID
	local        map[string]map[string]bool // the members that are wanted, by structure
	structs      map[string][]uint32        // the IDs of those
	typedefs     map[string]uint32          // IDs of those that are wanted
	members      map[string]bool            // of all of them
	made         map[uint32]*btf.Struct
}

const vmlinuxFile = "/sys/kernel/btf/vmlinux"

var errBTF = errors.New("the kernel's BTF is not as expected")

// The kinds of types, BTF_KIND_* in include/uapi/linux/btf.h.
const (
	kindInt = iota + 1
	kindPtr
	kindArray
	kindStruct
	kindUnion
	kindEnum
	kindFwd
	kindTypedef
	kindVolatile
	kindConst
	kindRestrict
	kindFunc
	kindFuncProto
	kindVar
	kindDatasec
	kindFloat
	kindDeclTag
	kindTypeTag
	kindEnum64
	kinds
)

// typeSize is the size of struct btf_type, and extra that of what follows it:
// once, and for each of its parts.
const typeSize = 12

var extra = [kinds]struct{ once, each uint32 }{
	kindInt: {4, 0}, kindArray: {12, 0}, kindStruct: {0, 12}, kindUnion: {0, 12}, kindEnum: {0, 8},
	kindFuncProto: {0, 8}, kindVar: {4, 0}, kindDatasec: {0, 12}, kindDeclTag: {4, 0}, kindEnum64: {0, 12},
}

// tracepointPrefix is that of the typedefs that stand for tracepoints.
const tracepointPrefix = "btf_trace_"

// kernelTypes returns the types that programs ask for, and by their names the
// IDs of those that stand for tracepoints.
func kernelTypes(spec *ebpf.CollectionSpec) (*btf.Spec, map[string]uint32, error) {
	data, unmap, err := mapFile(vmlinuxFile)
	if err != nil {
		return nil, nil, err
	}
	defer unmap()
	v, err := newVmlinux(data, spec)
	if err != nil {
		return nil, nil, err
	}
	types, err := v.spec()
	return types, v.typedefs, err
}

// newVmlinux finds the types in the content of the file.
func newVmlinux(data []byte, spec *ebpf.CollectionSpec) (*vmlinux, error) {
	v := &vmlinux{local: structures(spec.Types), members: map[string]bool{}, structs: map[string][]uint32{}, typedefs: map[string]uint32{}, made: map[uint32]*btf.Struct{}}
	for _, members := range v.local {
		maps.Copy(v.members, members)
	}
	for _, p := range spec.Programs {
		v.typedefs[tracepointPrefix+p.AttachTo] = 0
	}
	if err := v.split(data); err != nil {
		return nil, err
	}
	return v, v.scan()
}

// structures returns the members of all structures. What follows "___" in the
// name of one is not part of it.
func structures(types *btf.Spec) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for t := range types.All() {
		s, ok := t.(*btf.Struct)
		if !ok {
			continue
		}
		members := map[string]bool{}
		for _, m := range s.Members {
			members[m.Name] = true
		}
		name, _, _ := strings.Cut(s.Name, "___")
		all[name] = members
	}
	return all
}

// mapFile returns the content of a file, to be given back. The kernel lets its
// BTF be mapped from Linux 6.16 on.
func mapFile(name string) (data []byte, unmap func(), err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	data, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_PRIVATE)
	if err == nil {
		return data, func() { _ = unix.Munmap(data) }, nil
	}
	data, err = os.ReadFile(name)
	return data, func() {}, err
}

// split cuts struct btf_header off and the sections apart.
func (v *vmlinux) split(data []byte) error {
	const magic, size = 0xeb9f, 24
	if len(data) < size || binary.LittleEndian.Uint16(data) != magic {
		return errBTF
	}
	word := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(data[at:])) }
	head, types, texts := word(4), word(8), word(16)
	if end := uint64(len(data)); head+types+word(12) > end || head+texts+word(20) > end {
		return errBTF
	}
	v.types = data[head+types : head+types+word(12)]
	v.texts = data[head+texts : head+texts+word(20)]
	return nil
}

// scan notes where each type is, and the ones that are wanted.
func (v *vmlinux) scan() error {
	v.offsets = make([]uint32, 1, 1+len(v.types)/24) // 0 is void
	for at := uint32(0); int(at) < len(v.types); {
		if len(v.types)-int(at) < typeSize {
			return errBTF
		}
		id := uint32(len(v.offsets))
		v.offsets = append(v.offsets, at)
		t := v.head(at)
		if t.kind >= kinds {
			return fmt.Errorf("%w: type %d is of kind %d", errBTF, id, t.kind)
		}
		switch t.kind {
		case kindStruct:
			if name := v.name(t.name); v.local[string(name)] != nil {
				v.structs[string(name)] = append(v.structs[string(name)], id)
			}
		case kindTypedef:
			if name := v.name(t.name); bytes.HasPrefix(name, []byte(tracepointPrefix)) {
				if _, wanted := v.typedefs[string(name)]; wanted {
					v.typedefs[string(name)] = id
				}
			}
		}
		at += typeSize + extra[t.kind].once + t.parts*extra[t.kind].each
	}
	return nil
}

// A head is struct btf_type.
type head struct {
	name, kind, parts uint32
	bitfields         bool   // kind_flag
	size              uint32 // or the type that it refers to
}

func (v *vmlinux) head(at uint32) head {
	b := v.types[at : at+typeSize]
	info := binary.LittleEndian.Uint32(b[4:])
	return head{
		binary.LittleEndian.Uint32(b), info >> 24 & 0x1f, info & 0xffff, info>>31 != 0, binary.LittleEndian.Uint32(b[8:]),
	}
}

func (v *vmlinux) name(at uint32) []byte {
	if int(at) >= len(v.texts) {
		return nil
	}
	name, _, _ := bytes.Cut(v.texts[at:], []byte{0})
	return name
}

// spec returns the wanted structures, with the wanted members, for the library.
func (v *vmlinux) spec() (*btf.Spec, error) {
	var list []btf.Type
	for _, ids := range v.structs {
		for _, id := range ids {
			t, err := v.convert(id)
			if err != nil {
				return nil, err
			}
			list = append(list, t)
		}
	}
	b, err := btf.NewBuilder(list, nil)
	if err != nil {
		return nil, err
	}
	raw, err := b.Marshal(nil, nil)
	if err != nil {
		return nil, err
	}
	return btf.LoadSpecFromReader(bytes.NewReader(raw))
}

// at returns a type's head and where its parts are.
func (v *vmlinux) at(id uint32) (t head, parts []byte, err error) {
	if int(id) >= len(v.offsets) || id == 0 {
		return t, nil, fmt.Errorf("%w: there is no type %d", errBTF, id)
	}
	at := v.offsets[id]
	t = v.head(at)
	parts = v.types[at+typeSize:]
	if size := extra[t.kind].once + t.parts*extra[t.kind].each; uint64(size) <= uint64(len(parts)) {
		return t, parts[:size], nil
	}
	return t, nil, errBTF
}

// convert returns a type as far as the place and size of members depend on it.
func (v *vmlinux) convert(id uint32) (btf.Type, error) {
	if id == 0 {
		return (*btf.Void)(nil), nil
	}
	t, parts, err := v.at(id)
	if err != nil {
		return nil, err
	}
	switch t.kind {
	case kindInt:
		return &btf.Int{Name: "int", Size: t.size}, nil
	case kindEnum, kindEnum64:
		return &btf.Enum{Name: string(v.name(t.name)), Size: t.size}, nil
	case kindPtr:
		return &btf.Pointer{Target: (*btf.Void)(nil)}, nil
	case kindArray:
		element, err := v.convert(binary.LittleEndian.Uint32(parts))
		return &btf.Array{Index: &btf.Int{Name: "int", Size: 4}, Type: element, Nelems: binary.LittleEndian.Uint32(parts[8:])}, err
	case kindStruct:
		return v.structure(id, t, parts)
	case kindUnion:
		s, err := v.structure(id, t, parts)
		if err != nil {
			return nil, err
		}
		return &btf.Union{Name: s.Name, Size: s.Size, Members: s.Members}, nil
	case kindTypedef, kindVolatile, kindConst, kindRestrict, kindTypeTag:
		return v.convert(t.size)
	}
	return nil, fmt.Errorf("%w: a member of kind %d", errBTF, t.kind)
}

// structure returns a structure or union with the members that are wanted of
// it. Of one without a name those of all structures are.
func (v *vmlinux) structure(id uint32, t head, parts []byte) (*btf.Struct, error) {
	if s := v.made[id]; s != nil {
		return s, nil
	}
	s := &btf.Struct{Name: string(v.name(t.name)), Size: t.size}
	v.made[id] = s
	for ; len(parts) >= 12; parts = parts[12:] {
		name := string(v.name(binary.LittleEndian.Uint32(parts)))
		if name != "" && !v.wants(s.Name, name) {
			continue
		}
		m := btf.Member{Name: name, Offset: btf.Bits(binary.LittleEndian.Uint32(parts[8:]))}
		if t.bitfields {
			m.Offset, m.BitfieldSize = m.Offset&0xffffff, m.Offset>>24
		}
		var err error
		if m.Type, err = v.convert(binary.LittleEndian.Uint32(parts[4:])); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", s.Name, name, err)
		}
		s.Members = append(s.Members, m)
	}
	return s, nil
}

func (v *vmlinux) wants(structure, member string) bool {
	if structure != "" {
		return v.local[structure][member]
	}
	return v.members[member]
}
