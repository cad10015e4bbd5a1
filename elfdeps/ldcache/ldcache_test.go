package ldcache

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// listed are the libraries that ldconfig -p shows of a cache.
func listed(t *testing.T, cache string) []string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^\t(\S+) \(.*\) => (\S+)$`)
	var list []string
	for _, m := range line.FindAllStringSubmatch(run(t, "/sbin/ldconfig", "-p", "-C", cache), -1) {
		list = append(list, m[1]+" "+m[2])
	}
	return list
}

// TestParseLdconfig reads what this machine's ldconfig writes, in each format.
func TestParseLdconfig(t *testing.T) {
	for _, format := range []string{"new", "compat", "old"} {
		t.Run(format, func(t *testing.T) {
			cache := filepath.Join(t.TempDir(), "cache")
			run(t, "/sbin/ldconfig", "-X", "-c", format, "-C", cache)
			b, err := os.ReadFile(cache)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Parse(b, binary.LittleEndian)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range c.Entries {
				got = append(got, e.Name+" "+e.Path)
			}
			want := listed(t, cache)
			if len(want) < 10 || !slices.Equal(got, want) {
				t.Errorf("%d entries, ldconfig lists %d", len(got), len(want))
			}
			for _, e := range c.Entries {
				if !slices.Contains(c.Lookup(e.Name, e.Flags), e) {
					t.Errorf("lookup does not find %s (%#x)", e.Name, e.Flags)
				}
			}
		})
	}
}

func sample() *Cache {
	return &Cache{[]Entry{
		{Name: "libx.so.9", Path: "/opt/a/libx.so.9", Flags: 0x303},
		{Name: "libx.so.10", Path: "/opt/a/libx.so.10", Flags: 0x303},
		{Name: "libx.so.10", Path: "/opt/a/glibc-hwcaps/x86-64-v3/libx.so.10", Flags: 0x303, Subdir: "x86-64-v3"},
		{Name: "libx.so.10", Path: "/opt/32/libx.so.10", Flags: 3},
		{Name: "liba.so", Path: "/opt/a/liba.so", Flags: 0x303},
		{Name: "libA.so", Path: "/opt/a/libA.so", Flags: 0x303},
	}}
}

func TestEncodeReadByLdconfig(t *testing.T) {
	cache := filepath.Join(t.TempDir(), "cache")
	if err := os.WriteFile(cache, sample().Encode(binary.LittleEndian), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"libx.so.10 /opt/a/glibc-hwcaps/x86-64-v3/libx.so.10", "libx.so.10 /opt/a/libx.so.10", "libx.so.10 /opt/32/libx.so.10",
		"libx.so.9 /opt/a/libx.so.9", "liba.so /opt/a/liba.so", "libA.so /opt/a/libA.so",
	}
	if got := listed(t, cache); !slices.Equal(got, want) {
		t.Errorf("ldconfig reads\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEncodeRoundTrip(t *testing.T) {
	for _, order := range []Order{binary.LittleEndian, binary.BigEndian} {
		b := sample().Encode(order)
		reversed := sample()
		slices.Reverse(reversed.Entries)
		if !bytes.Equal(b, reversed.Encode(order)) {
			t.Errorf("%v: the order of the entries changes the bytes", order)
		}
		c, err := Parse(b, order)
		if err != nil {
			t.Fatal(err)
		}
		got := c.Lookup("libx.so.10", 0x303)
		if len(got) != 2 || got[0].Subdir != "x86-64-v3" || got[1].Path != "/opt/a/libx.so.10" {
			t.Errorf("%v: lookup gives %+v", order, got)
		}
		if got := c.Lookup("libx.so.11", 0x303); got != nil {
			t.Errorf("%v: lookup of what is not there gives %+v", order, got)
		}
	}
	if _, err := Parse(sample().Encode(binary.BigEndian), binary.LittleEndian); err == nil {
		t.Error("a cache of the other byte order was taken")
	}
}

const source = `#include <stdio.h>
int f(void);
int main(void) { printf("%d\n", f()); }
`

// TestEncodeReadByLoader starts a program in a root where only the cache leads
// to its library.
func TestEncodeReadByLoader(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs chroot, which only root may call")
	}
	root := t.TempDir()
	sh := fmt.Sprintf(`set -e; cd %s
mkdir -p opt/l etc lib64 lib/x86_64-linux-gnu
echo 'int f(void) { return 7; }' > f.c
cat > m.c <<'EOF'
%sEOF
gcc -shared -fPIC -Wl,-soname,libf.so.1 -o opt/l/libf.so.1 f.c
gcc -o m m.c opt/l/libf.so.1
cp -L /lib64/ld-linux-x86-64.so.2 lib64; cp -L /lib/x86_64-linux-gnu/libc.so.6 lib/x86_64-linux-gnu`, root, source)
	run(t, "sh", "-c", sh)
	start := func() (string, error) {
		cmd := exec.Command("/m")
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
		cmd.Dir = "/"
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := start(); err == nil {
		t.Fatalf("the library was found without a cache: %s", out)
	}
	cache := &Cache{[]Entry{
		{Name: "libf.so.1", Path: "/opt/l/libf.so.1", Flags: 0x303},
		{Name: "libf.so.1", Path: "/opt/v3/libf.so.1", Flags: 0x303, Subdir: "no-such-cpu"},
		{Name: "libg.so.2", Path: "/nowhere/libg.so.2", Flags: 0x303},
	}}
	if err := os.WriteFile(filepath.Join(root, "etc/ld.so.cache"), cache.Encode(binary.LittleEndian), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := start(); err != nil || out != "7\n" {
		t.Errorf("with the cache: %q, %v", out, err)
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"libx.so.9", "libx.so.10", -1},
		{"libx.so.10", "libx.so.10", 0},
		{"libx.so.010", "libx.so.10", 0},
		{"libx.so.1", "libx.so", 1},
		{"libx.so", "libx.so.1", -1},
		{"lib1", "liba", 1},
		{"liba", "lib1", -1},
		{"", "", 0},
		{"", "a", -1},
		{"a\xff", "ab", -1},
	}
	for _, tt := range tests {
		if got := Compare(tt.a, tt.b); sign(got) != tt.want {
			t.Errorf("Compare(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

func TestFlags(t *testing.T) {
	tests := []struct {
		m      elf.Machine
		c      elf.Class
		eflags uint32
		want   uint32
	}{
		{elf.EM_X86_64, elf.ELFCLASS64, 0, 0x303},
		{elf.EM_X86_64, elf.ELFCLASS32, 0, 0x803},
		{elf.EM_386, elf.ELFCLASS32, 0, 0x003},
		{elf.EM_AARCH64, elf.ELFCLASS64, 0, 0xa03},
		{elf.EM_ARM, elf.ELFCLASS32, 0x05000400, 0x903},
		{elf.EM_ARM, elf.ELFCLASS32, 0x05000200, 0xb03},
		{elf.EM_RISCV, elf.ELFCLASS64, 5, 0x1003},
		{elf.EM_RISCV, elf.ELFCLASS64, 1, 0x0f03},
		{elf.EM_PPC64, elf.ELFCLASS64, 2, 0x503},
		{elf.EM_S390, elf.ELFCLASS64, 0, 0x403},
	}
	for _, tt := range tests {
		if got, ok := Flags(tt.m, tt.c, tt.eflags); !ok || got != tt.want {
			t.Errorf("Flags(%v, %v, %#x) = %#x, %v, want %#x", tt.m, tt.c, tt.eflags, got, ok, tt.want)
		}
	}
	if _, ok := Flags(elf.EM_68K, elf.ELFCLASS32, 0); ok {
		t.Error("flags for a machine that is not known")
	}
}

func TestParseMalformed(t *testing.T) {
	good := sample().Encode(binary.LittleEndian)
	huge := bytes.Clone(good)
	binary.LittleEndian.PutUint32(huge[20:], 1<<31)
	for name, b := range map[string][]byte{
		"empty": nil, "text": []byte("no cache"), "cut": good[:40], "huge count": huge,
		"old, cut": []byte("ld.so-1.7.0\x00"), "old, huge count": []byte("ld.so-1.7.0\x00\xff\xff\xff\xff"),
	} {
		_, err := Parse(b, binary.LittleEndian)
		var malformed *FormatError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample().Encode(binary.LittleEndian), false)
	f.Add(sample().Encode(binary.BigEndian), true)
	f.Fuzz(func(t *testing.T, b []byte, big bool) {
		var order Order = binary.LittleEndian
		if big {
			order = binary.BigEndian
		}
		c, err := Parse(b, order)
		if err != nil {
			return
		}
		c.Lookup("libx.so.10", 0x303)
		if _, err := Parse(c.Encode(order), order); err != nil {
			t.Errorf("encoded again: %v", err)
		}
	})
}
