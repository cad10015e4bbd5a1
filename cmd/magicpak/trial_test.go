package main

import (
	"slices"
	"testing"

	"magicpak/tester"
	"magicpak/tracer"
)

// TestInJail leaves out what the jail looks up itself, before the command and
// after it.
func TestInJail(t *testing.T) {
	const dir = "/.out.magicpak-1"
	self, program := tracer.Process{Program: "/magicpak"}, tracer.Process{Program: dir + "/bin/x"}
	for name, c := range map[string]struct {
		all  []tracer.Access
		want []string
	}{
		"namespaces": {[]tracer.Access{
			{Path: dir + "/root", Last: 1, By: self},
			{Path: "/dev/null", Last: 2, By: self},
			{Path: tester.Marker, Last: 3, By: self},
			{Path: "/etc/app.conf", Last: 4, By: tracer.Process{Program: "/bin/x"}},
			{Path: "/tmp/report", Last: 5, By: self},
		}, []string{"/etc/app.conf"}},
		"chroot": {[]tracer.Access{
			{Path: dir + "/dev/null", Last: 1, By: self},
			{Path: dir + tester.Marker, Last: 3, By: self},
			{Path: dir + "/etc/app.conf", Last: 4, By: program},
			{Path: dir + "2/etc", Last: 5, By: program},
			{Path: dir + "/etc/hosts", Last: 6, By: self},
		}, []string{"/etc/app.conf"}},
		"never begun": {[]tracer.Access{{Path: "/etc/hosts", Last: 1, By: self}}, nil},
	} {
		var got []string
		for _, a := range inJail(c.all, dir) {
			got = append(got, string(a.Path))
			if a.By.Program != "/bin/x" {
				t.Errorf("%s: by %s", name, a.By.Program)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Of standard error that is long, what is said first and last is read.
func TestEnds(t *testing.T) {
	for text, want := range map[string]string{"": "", "abcdef": "abcdef", "abcdefg": "abc\nefg"} {
		if got := ends(text, 3); got != want {
			t.Errorf("ends of %q: %q, want %q", text, got, want)
		}
	}
}
