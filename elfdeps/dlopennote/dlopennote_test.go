package dlopennote

import (
	"encoding/binary"
	"reflect"
	"slices"
	"testing"
)

const twoLibraries = `[{"soname":["libbpf.so.1","libbpf.so.0"],"feature":"bpf","description":"BPF","priority":"suggested"},{"soname":["libx.so"]}]`

// note encodes one ELF note.
func note(name string, typ uint32, desc string, align int) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(name)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(desc)))
	b = binary.LittleEndian.AppendUint32(b, typ)
	pad := func() {
		for len(b)%align != 0 {
			b = append(b, 0)
		}
	}
	b = append(b, name...)
	pad()
	b = append(b, desc...)
	pad()
	return b
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(twoLibraries + "\x00"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{[]string{"libbpf.so.1", "libbpf.so.0"}, "bpf", "BPF", Suggested},
		{Sonames: []string{"libx.so"}, Priority: Recommended},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestParseMalformed(t *testing.T) {
	for _, s := range []string{"", "{}", `[{"soname":"x"}]`, `[{"priority":"vital"}]`, "[", "null x"} {
		if got, err := Parse([]byte(s)); err == nil {
			t.Errorf("%q: no error but %+v", s, got)
		}
	}
}

func TestNotes(t *testing.T) {
	for _, align := range []int{4, 8} {
		var b []byte
		for _, n := range [][]byte{
			note("GNU\x00", 3, "build", align), note(owner, noteType, "first", align),
			note("FDO\x00", 1, "other type", align), note("FDOX\x00", noteType, "other owner", align),
			note(owner, noteType, "second", align),
		} {
			b = append(b, n...)
		}
		for _, cut := range []struct {
			bytes []byte
			want  []string
		}{{b, []string{"first", "second"}}, {b[:len(b)-align-4], []string{"first"}}} {
			var got []string
			for desc := range Notes(cut.bytes, binary.LittleEndian, uint64(align)) {
				got = append(got, string(desc))
			}
			if !slices.Equal(got, cut.want) {
				t.Errorf("align %d, %d bytes: got %q, want %q", align, len(cut.bytes), got, cut.want)
			}
		}
	}
}

func FuzzNotes(f *testing.F) {
	f.Add(note(owner, noteType, twoLibraries, 4), uint64(4))
	f.Add(note(owner, noteType, twoLibraries, 8), uint64(8))
	f.Fuzz(func(t *testing.T, b []byte, align uint64) {
		for desc := range Notes(b, binary.BigEndian, align) {
			Parse(desc)
		}
		for desc := range Notes(b, binary.LittleEndian, align) {
			entries, err := Parse(desc)
			for _, e := range entries {
				if err == nil && e.Priority == "" {
					t.Errorf("entry without priority: %+v", e)
				}
			}
		}
	})
}
