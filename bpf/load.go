//go:build linux && (amd64 || arm64)

package bpf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"
)

// A loader puts programs into the kernel as the library does, but with no more
// of the kernel's types than they need.
type loader struct {
	kernel   *btf.Spec
	typedefs map[string]uint32
	maps     map[string]*ebpf.Map
}

func newLoader(spec *ebpf.CollectionSpec, maps map[string]*ebpf.Map) (*loader, error) {
	kernel, typedefs, err := kernelTypes(spec)
	return &loader{kernel, typedefs, maps}, err
}

// load puts a program into the kernel. Where that fails the library tries it
// too, since it finds out why.
func (l *loader) load(spec *ebpf.ProgramSpec) (*ebpf.Program, error) {
	for i := range spec.Instructions {
		ins := &spec.Instructions[i]
		if !ins.IsLoadFromMap() || ins.Reference() == "" {
			continue
		}
		if err := ins.AssociateMap(l.maps[ins.Reference()]); err != nil {
			return nil, err
		}
	}
	if fd, err := l.put(spec.Copy()); err == nil {
		return ebpf.NewProgramFromFD(fd)
	}
	return ebpf.NewProgram(spec)
}

// A progLoad is the part of union bpf_attr for BPF_PROG_LOAD.
type progLoad struct {
	progType, count     uint32
	code, license       unsafe.Pointer
	logLevel, logSize   uint32
	logBuf              unsafe.Pointer
	version, flags      uint32
	name                [16]byte
	ifindex, expected   uint32
	btfFD, funcSize     uint32
	funcs               unsafe.Pointer
	funcCount           uint32
	lineSize            uint32
	lines               unsafe.Pointer
	lineCount, attachTo uint32
}

// put puts a program into the kernel and returns its descriptor.
func (l *loader) put(spec *ebpf.ProgramSpec) (int, error) {
	id := l.typedefs[tracepointPrefix+spec.AttachTo]
	if id == 0 {
		return -1, fmt.Errorf("%w: there is no tracepoint %s", ebpf.ErrNotSupported, spec.AttachTo)
	}
	if err := l.relocate(spec.Instructions); err != nil {
		return -1, err
	}
	var b btf.Builder
	funcs, _, err := btf.MarshalExtInfos(spec.Instructions, &b)
	if err != nil {
		return -1, err
	}
	types, err := btf.NewHandle(&b)
	if err != nil {
		return -1, err
	}
	defer types.Close()
	var code bytes.Buffer
	if err := spec.Instructions.Marshal(&code, binary.LittleEndian); err != nil {
		return -1, err
	}
	attr := &progLoad{
		progType: unix.BPF_PROG_TYPE_TRACING, expected: unix.BPF_TRACE_RAW_TP, attachTo: id,
		count: uint32(code.Len() / asm.InstructionSize), code: address(code.Bytes()), license: address(append([]byte(spec.License), 0)),
		btfFD: uint32(types.FD()), funcSize: btf.FuncInfoSize, funcs: address(funcs), funcCount: uint32(len(funcs)) / btf.FuncInfoSize,
	}
	copy(attr.name[:len(attr.name)-1], spec.Name)
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(attr)), unsafe.Sizeof(*attr))
	runtime.KeepAlive(attr)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

func address(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// relocate sets where the members of the kernel's structures are (CO-RE).
func (l *loader) relocate(code asm.Instructions) error {
	var list []*btf.CORERelocation
	var at []*asm.Instruction
	for i := range code {
		if r := btf.CORERelocationMetadata(&code[i]); r != nil {
			list, at = append(list, r), append(at, &code[i])
		}
	}
	none := func(btf.Type) (btf.TypeID, error) { return 0, errBTF }
	fixes, err := btf.CORERelocate(list, []*btf.Spec{l.kernel}, binary.LittleEndian, none)
	if err != nil {
		return err
	}
	for i, f := range fixes {
		if err := f.Apply(at[i]); err != nil {
			return err
		}
	}
	return nil
}
