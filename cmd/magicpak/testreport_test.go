package main

import (
	"slices"
	"testing"

	"magicpak/elfdeps/implied"
	"magicpak/tester"
)

// The advice names what --with has.
func TestWithNames(t *testing.T) {
	for _, w := range withNames {
		if !slices.Contains(implied.AdditionNames(), w.name) {
			t.Errorf("--with %s is advised and does not exist", w.name)
		}
	}
	for path, want := range map[string]string{
		"/usr/share/zoneinfo/Europe/Berlin": "tz", "/etc/ssl/certs/ca-certificates.crt": "certs", "/tmp": "tmp",
		"/usr/lib/x86_64-linux-gnu/gconv/ISO8859-2.so": "gconv", "/lib/terminfo/x/xterm": "terminfo", "/etc/x.conf": "",
	} {
		if got := withName(tester.Missing{Path: path}, "%s"); got != want {
			t.Errorf("%s: --with %q, want %q", path, got, want)
		}
	}
}

// A mismatch shows the last line that is the same, and some of those that differ.
func TestDiff(t *testing.T) {
	for _, c := range []struct {
		want, got string
		diff      []string
	}{
		{"a", "b", []string{"- a", "+ b"}},
		{"a\nb\nc", "a\nb\nx", []string{"  b", "- c", "+ x"}},
		{"a", "a\nb", []string{"  a", "+ b"}},
		{"", "1\n2\n3\n4\n5\n6\n7\n8", []string{"- ", "+ 1", "+ 2", "+ 3", "+ 4", "+ 5", "+ 6", "+ ..."}},
	} {
		if got := diff(c.want, c.got); !slices.Equal(got, c.diff) {
			t.Errorf("diff of %q and %q: %q, want %q", c.want, c.got, got, c.diff)
		}
	}
}
