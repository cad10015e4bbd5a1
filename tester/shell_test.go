package tester

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSplitWords(t *testing.T) {
	for _, c := range []struct {
		command string
		want    []string
		needs   string // a shell for
	}{
		{"/bin/x", []string{"/bin/x"}, ""},
		{"  /bin/x\t-a  b ", []string{"/bin/x", "-a", "b"}, ""},
		{`x 'a  b' "c d"e \ f ''`, []string{"x", "a  b", "c de", " f", ""}, ""},
		{`x 'a$b|c'`, []string{"x", "a$b|c"}, ""},
		{"x | y", nil, "|"},
		{"x >y", nil, ">"},
		{"x $y", nil, "$"},
		{`x "$y"`, nil, "$"},
		{"x *", nil, "*"},
		{"x\ny", nil, "\n"},
		{"A=5 x", nil, "the variable A=5"},
		{"cd /", nil, "cd"},
		{"echo x", nil, "echo"},
		{"x 'y", nil, "the quote that is not closed"},
	} {
		got, err := splitWords(c.command)
		var shell *NoShellError
		if errors.As(err, &shell); c.needs != "" && (shell == nil || shell.Needs != c.needs) || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v; want %q, needs %q", c.command, got, err, c.want, c.needs)
		}
	}
}

// A shell from outside the bundle starts what the bundle has, and no applet in
// place of what it lacks.
func TestOutsideShell(t *testing.T) {
	root := busyboxRoot(t, "cat", "wc")
	for _, c := range []struct {
		command, out, stderr string
		status               int
	}{
		{"echo a b | cat", "a b\n", "", 0},
		{"echo a | wc -c; printf '%s\n' x; test -x /bin/cat", "2\nx\n", "", 0},
		{"A=5 cat /proc/self/environ | wc -l >/dev/null && echo $((1+2))", "3\n", "", 0},
		{"ls /", "", "sh: ls: not found\n", 127},
		{"echo a | sort", "", "sh: sort: not found\n", 127},
		{"run-parts /", "", "sh: run-parts: not found\n", 127},
		{"/bin/ls /", "", "sh: /bin/ls: not found\n", 127},
		{"nonesuch", "", "sh: nonesuch: not found\n", 127},
		{"PATH=/nowhere; cat /dev/null", "", "sh: cat: not found\n", 127},
	} {
		k := Case{Root: root, Timeout: time.Minute}
		must(t, k.SetCommand(c.command, busyboxPath(t), func(string) bool { return false }))
		j, err := k.Prepare(t.TempDir())
		must(t, err)
		r, out, stderr := runJail(t, j)
		if r.Status != c.status || strings.ReplaceAll(out, " ", "") != strings.ReplaceAll(c.out, " ", "") || stderr != c.stderr {
			t.Errorf("%q: status %d, %q, %q; want %d, %q, %q", c.command, r.Status, out, stderr, c.status, c.out, c.stderr)
		}
	}
}
