package main

import "testing"

func TestPrintable(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"/usr/bin/jq: a b", "/usr/bin/jq: a b"},
		{"/opt/héé", "/opt/héé"},
		{"a\x1b[31mb", `a\x1b[31mb`},
		{"a\xffb\xc3", `a\xffb\xc3`},
		{"a\n  b\tc", "a\n  b\\x09c"},
		{"a\nerror: b", `a\x0aerror: b`},
	} {
		if got := printable(c.in); got != c.want {
			t.Errorf("printable(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
