//go:build linux && (amd64 || arm64)

package bpf

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// TestKernelTypes compares what was read of the kernel's types with what the
// library reads of them.
func TestKernelTypes(t *testing.T) {
	spec, err := loadProbe()
	if err != nil {
		t.Fatal(err)
	}
	got, typedefs, err := kernelTypes(spec)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("needs a kernel with BTF")
	} else if err != nil {
		t.Fatal(err)
	}
	want, err := btf.LoadKernelSpec()
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range typedefs {
		var t1 *btf.Typedef
		if err := want.TypeByName(name, &t1); err != nil {
			t.Error(err)
		} else if have, err := want.TypeID(t1); err != nil || have != btf.TypeID(id) {
			t.Errorf("%s is type %d, want %d (%v)", name, id, have, err)
		}
	}
	for name, p := range spec.Programs {
		compareFixes(t, name, p, got, want)
	}
}

// compareFixes relocates a program by two specifications.
func compareFixes(t *testing.T, name string, p *ebpf.ProgramSpec, got, want *btf.Spec) {
	t.Helper()
	a, b := p.Copy().Instructions, p.Copy().Instructions
	if err := (&loader{kernel: got}).relocate(a); err != nil {
		t.Fatal(name, err)
	}
	if err := (&loader{kernel: want}).relocate(b); err != nil {
		t.Fatal(name, err)
	}
	for i := range a {
		if a[i].Constant != b[i].Constant || a[i].Offset != b[i].Offset {
			t.Errorf("%s: instruction %d is %v, want %v", name, i, a[i], b[i])
		}
	}
}

func TestVmlinuxRefusesWhatIsCut(t *testing.T) {
	spec, err := loadProbe()
	if err != nil {
		t.Fatal(err)
	}
	header := binary.LittleEndian.AppendUint16(nil, 0xeb9f)
	header = append(header, 1, 0)
	for _, word := range []uint32{24, 0, 16, 16, 1} {
		header = binary.LittleEndian.AppendUint32(header, word)
	}
	structure := make([]byte, typeSize+4+1) // says of 9 members, has one that is cut
	structure[4], structure[7] = 9, kindStruct
	for name, data := range map[string][]byte{
		"empty": nil, "no magic": make([]byte, 24), "no sections": header, "no types": header[:20],
	} {
		if _, err := newVmlinux(data, spec); !errors.Is(err, errBTF) {
			t.Errorf("%s: %v", name, err)
		}
	}
	v, err := newVmlinux(append(header, structure...), spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []uint32{1, 2} {
		if _, err := v.convert(id); !errors.Is(err, errBTF) {
			t.Errorf("type %d: %v", id, err)
		}
	}
}
