package elfdeps_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"magicpak/elfdeps"
)

// An elfSpec describes a small library that smallELF writes: one PT_LOAD with
// everything, PT_DYNAMIC, PT_INTERP, PT_NOTE, names and symbol versions.
type elfSpec struct {
	order binary.ByteOrder
	wide  bool
}

// smallELF returns a whole dynamic object in either class and byte order.
func smallELF(s elfSpec) []byte {
	const size = 1024
	const dynAt, strAt, needAt, defAt, interpAt, noteAt = 0x180, 0x280, 0x300, 0x330, 0x360, 0x380
	b := make([]byte, size)
	class, data, ehsize, phentsize := byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), 52, 32
	if s.wide {
		class, ehsize, phentsize = byte(elf.ELFCLASS64), 64, 56
	}
	if s.order == binary.BigEndian {
		data = byte(elf.ELFDATA2MSB)
	}
	copy(b, []byte{0x7f, 'E', 'L', 'F', class, data, 1})
	s.order.PutUint16(b[16:], uint16(elf.ET_DYN))
	s.order.PutUint16(b[18:], uint16(elf.EM_X86_64))
	s.order.PutUint32(b[20:], 1)
	if s.wide {
		s.order.PutUint64(b[32:], uint64(ehsize))
	} else {
		s.order.PutUint32(b[28:], uint32(ehsize))
	}
	s.order.PutUint16(b[ehsize-10:], uint16(phentsize))
	s.order.PutUint16(b[ehsize-8:], 4)
	ph := b[ehsize:]
	for _, p := range [][3]uint32{
		{uint32(elf.PT_LOAD), 0, size},
		{uint32(elf.PT_DYNAMIC), dynAt, 0x100},
		{uint32(elf.PT_INTERP), interpAt, 8},
		{uint32(elf.PT_NOTE), noteAt, 0x60},
	} {
		s.phdr(ph, p)
		ph = ph[phentsize:]
	}
	copy(b[strAt:], "\x00libneeded.so.1\x00/rpath:$ORIGIN\x00libsmall.so\x00VERS_1\x00")
	copy(b[interpAt:], "/ld.so\x00")
	dyn := b[dynAt:]
	for _, d := range [][2]uint32{
		{uint32(elf.DT_NEEDED), 1},
		{uint32(elf.DT_RUNPATH), 16},
		{uint32(elf.DT_SONAME), 31},
		{uint32(elf.DT_STRTAB), strAt},
		{uint32(elf.DT_VERNEED), needAt},
		{uint32(elf.DT_VERDEF), defAt},
		{uint32(elf.DT_FLAGS_1), 8},
	} {
		dyn = s.dyn(dyn, d)
	}
	s.half(b[needAt:], 1, 1)
	s.words(b[needAt+4:], 1, 16, 0, 0xabc)
	s.words(b[needAt+20:], 0, 43, 0)
	s.half(b[defAt:], 1, 0, 1, 1)
	s.words(b[defAt+8:], 0xabc, 20, 0, 43, 0)
	s.words(b[noteAt:], 4, 0x30, 0x407c0c0a)
	copy(b[noteAt+12:], "FDO\x00"+`[{"soname":["libopened.so"]}]`)
	return b
}

func (s elfSpec) phdr(b []byte, p [3]uint32) {
	if !s.wide {
		s.words(b, p[0], p[1], p[1], p[1], p[2], p[2], 5, 4)
		return
	}
	s.words(b, p[0], 5)
	for i, v := range []uint32{p[1], p[1], p[1], p[2], p[2], 4} {
		s.order.PutUint64(b[8+8*i:], uint64(v))
	}
}

func (s elfSpec) dyn(b []byte, d [2]uint32) []byte {
	if !s.wide {
		s.words(b, d[0], d[1])
		return b[8:]
	}
	s.order.PutUint64(b, uint64(d[0]))
	s.order.PutUint64(b[8:], uint64(d[1]))
	return b[16:]
}

func (s elfSpec) words(b []byte, v ...uint32) {
	for i, w := range v {
		s.order.PutUint32(b[4*i:], w)
	}
}

func (s elfSpec) half(b []byte, v ...uint16) {
	for i, w := range v {
		s.order.PutUint16(b[2*i:], w)
	}
}

var specs = []elfSpec{
	{binary.LittleEndian, true},
	{binary.LittleEndian, false},
	{binary.BigEndian, true},
	{binary.BigEndian, false},
}

func TestReadSmall(t *testing.T) {
	for _, s := range specs {
		b := smallELF(s)
		o, err := elfdeps.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Errorf("%v, wide %v: %v", s.order, s.wide, err)
			continue
		}
		if o.Soname != "libsmall.so" || len(o.Deps) != 1 || o.Deps[0].Name != "libneeded.so.1" || o.Interp != "/ld.so" ||
			o.Runpath == nil || *o.Runpath != "/rpath:$ORIGIN" || o.Flags1 != elf.DF_1_NODELETE {
			t.Errorf("%v, wide %v: got %+v", s.order, s.wide, o)
		}
		if len(o.Needs) != 1 || o.Needs[0].Versions[0].Name != "VERS_1" || len(o.Defines) != 1 || o.Defines[0] != "VERS_1" {
			t.Errorf("%v, wide %v: versions %+v, %v", s.order, s.wide, o.Needs, o.Defines)
		}
		if len(o.Dlopen) != 1 || o.Dlopen[0].Sonames[0] != "libopened.so" {
			t.Errorf("%v, wide %v: notes %+v", s.order, s.wide, o.Dlopen)
		}
	}
}

// mutate changes a few bytes, words or the length of b.
func mutate(r *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(6) {
		at := r.IntN(len(b))
		switch r.IntN(5) {
		case 0:
			b[at] = byte(r.Uint32())
		case 1:
			b[at] ^= 1 << r.IntN(8)
		case 2:
			if at+8 <= len(b) {
				binary.LittleEndian.PutUint64(b[at:], r.Uint64()>>r.IntN(64))
			}
		case 3:
			copy(b[at:], bytes.Repeat([]byte{0xff}, 1+r.IntN(16)))
		case 4:
			if r.IntN(4) == 0 {
				b = b[:at+1]
			}
		}
	}
	return b
}

// The bounds of one malformed file.
const (
	mostBytes = 32 << 20
	mostTime  = 50 * time.Millisecond
)

// seedFiles are the whole files that are damaged.
func seedFiles(t *testing.T) [][]byte {
	t.Helper()
	var seeds [][]byte
	for _, s := range specs {
		seeds = append(seeds, smallELF(s))
	}
	for _, path := range []string{"/bin/true", "/lib/x86_64-linux-gnu/libm.so.6"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		seeds = append(seeds, b[:min(len(b), 64<<10)])
	}
	return seeds
}

// TestMutatedELF reads 100,000 damaged files, and of some the contents too. The
// memory that one takes is what was allocated for it, freed or not. One takes
// too long that does so five times: once may be another process's doing.
func TestMutatedELF(t *testing.T) {
	files := 100_000
	if testing.Short() {
		files = 10_000
	}
	seeds := seedFiles(t)
	r := rand.New(rand.NewPCG(1, 2))
	read := 0
	for i := range files {
		b := mutate(r, seeds[i%len(seeds)])
		look := func() error {
			_, err := elfdeps.Read(bytes.NewReader(b), int64(len(b)))
			if i%50 == 0 {
				_, _ = elfdeps.ReadContents(bytes.NewReader(b), int64(len(b)))
			}
			return err
		}
		before, start := allocated(), time.Now()
		if look() == nil {
			read++
		}
		if used := allocated() - before; used > mostBytes {
			t.Errorf("file %d: %d MB allocated", i, used>>20)
		}
		if took := time.Since(start); took > mostTime && fastest(look, 4) > mostTime {
			t.Errorf("file %d: takes %v", i, took)
		}
	}
	if read == 0 || read == files {
		t.Errorf("%d of %d damaged files could be read", read, files)
	}
}

// allocated returns the bytes that this process has allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// fastest returns the shortest of n runs.
func fastest(f func() error, n int) time.Duration {
	best := time.Duration(math.MaxInt64)
	for range n {
		start := time.Now()
		_ = f()
		best = min(best, time.Since(start))
	}
	return best
}

// TestReadBounded reads files made to cost much: chains and tables that refer
// to themselves or to long names over and over.
func TestReadBounded(t *testing.T) {
	const names = 60_000
	for _, s := range specs {
		b := smallELF(s)
		strtab := make([]byte, 1<<20)
		for i := range strtab {
			strtab[i] = 'a'
		}
		strtab[len(strtab)-1] = 0
		big := append(bytes.Clone(b), strtab...)
		dynAt := len(big)
		for range names {
			d := make([]byte, 16)
			s.dyn(d, [2]uint32{uint32(elf.DT_NEEDED), 1})
			big = append(big, d[:map[bool]int{true: 16, false: 8}[s.wide]]...)
		}
		tail := make([]byte, 16)
		s.dyn(tail, [2]uint32{uint32(elf.DT_STRTAB), uint32(len(b))})
		big = append(big, tail...)
		ehsize, phentsize := 52, 32
		if s.wide {
			ehsize, phentsize = 64, 56
		}
		s.phdr(big[ehsize:], [3]uint32{uint32(elf.PT_LOAD), 0, uint32(len(big))})
		s.phdr(big[ehsize+phentsize:], [3]uint32{uint32(elf.PT_DYNAMIC), uint32(dynAt), uint32(len(big) - dynAt)})
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := elfdeps.Read(bytes.NewReader(big), int64(len(big)))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%v, wide %v: %d names of 1 MiB each were read", s.order, s.wide, names)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > mostBytes {
			t.Errorf("%v, wide %v: %d MB allocated", s.order, s.wide, used>>20)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range specs {
		f.Add(smallELF(s))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = elfdeps.Read(bytes.NewReader(b), int64(len(b)))
		_, _ = elfdeps.ReadContents(bytes.NewReader(b), int64(len(b)))
	})
}
