package elfdeps

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const contentsSource = `
#include <iconv.h>
#include <stdio.h>
const char *const list[] = {
	"/usr/lib/app/plugins", "/etc/app/%s.conf", "http://x/usr/share/no", "see /usr/share/yes/file", "/opt/a:/opt/bb",
	"text/etc/ssl/certs/known", "libcups.so.2", "plain.sofa", "../lib/rel", "lookup/etc/nsswitch.confnext/etc/hosts.equiv",
};
int main(int c, char **v) { return iconv_open(v[0], list[c]) == 0; }
`

// build compiles source and returns the bytes of the executable.
func build(t *testing.T, source string, flags ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	c, out := filepath.Join(dir, "m.c"), filepath.Join(dir, "m")
	if err := os.WriteFile(c, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := exec.Command("gcc", append([]string{"-o", out, c}, flags...)...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, text)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReadContents reads symbols and strings with either hash table, and with
// the section headers taken away.
func TestReadContents(t *testing.T) {
	if _, err := exec.LookPath("gcc"); err != nil {
		t.Skip("needs gcc")
	}
	for _, style := range []string{"gnu", "sysv"} {
		b := build(t, contentsSource, "-Wl,--hash-style="+style)
		checkContents(t, style, b)
		checkContents(t, style+" without sections", stripSections(b))
	}
}

// stripSections returns a copy of the file that has no section headers.
func stripSections(b []byte) []byte {
	b = slices.Clone(b)
	binary.LittleEndian.PutUint64(b[40:], 0)
	binary.LittleEndian.PutUint16(b[60:], 0)
	return b
}

func checkContents(t *testing.T, name string, b []byte) {
	t.Helper()
	c, err := ReadContents(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !slices.Contains(c.Imports, "iconv_open") || slices.Contains(c.Imports, "main") {
		t.Errorf("%s: imports %q", name, c.Imports)
	}
	for _, p := range []string{"/usr/lib/app/plugins", "/etc/app", "/usr/share/yes/file", "/opt/a", "/opt/bb", "/etc/ssl/certs/known", "/etc/nsswitch.conf"} {
		if !slices.Contains(c.Paths, p) {
			t.Errorf("%s: lacks the path %s", name, p)
		}
	}
	for _, p := range c.Paths {
		if strings.Contains(p, "/share/no") || strings.Contains(p, "/rel") {
			t.Errorf("%s: %s is no path of its own", name, p)
		}
	}
	if !slices.Contains(c.Libraries, "libcups.so.2") || slices.Contains(c.Libraries, "plain.so") {
		t.Errorf("%s: libraries %q", name, c.Libraries)
	}
	if !c.Shared || c.Interp == "" || !slices.Contains(c.Needed, "libc.so.6") {
		t.Errorf("%s: shared %v, interpreter %q, needed %q", name, c.Shared, c.Interp, c.Needed)
	}
}

// A string that lies across two chunks is found whole.
func TestStringAcrossChunks(t *testing.T) {
	data := make([]byte, scanChunk+100)
	const path = "/usr/lib/across/chunks"
	copy(data[scanChunk-8:], path)
	s := &stringScan{contents: &Contents{}}
	if err := s.scan(bytes.NewReader(data), extent{0, int64(len(data))}); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(s.contents.Paths, path) {
		t.Errorf("paths %q", s.contents.Paths)
	}
}

// Damaged files give an error or less, and never panic.
func FuzzReadContents(f *testing.F) {
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(self[:min(len(self), 8192)])
	f.Add([]byte("\x7fELF\x01\x02\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ReadContents(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(c.Paths)+len(c.Libraries) > 2*maxStrings {
			t.Errorf("%d paths", len(c.Paths))
		}
	})
}
