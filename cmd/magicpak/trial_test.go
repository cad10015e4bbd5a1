package main

import (
	"testing"

	"magicpak/tester"
	"magicpak/tracer"
)

// TestInJail leaves out what the jail looks up before the test and after it.
func TestInJail(t *testing.T) {
	list := inJail([]tracer.Access{
		{Path: "/.out.magicpak-1/etc/hosts", Last: 1},
		{Path: "/dev/null", Last: 2},
		{Path: tester.Marker, Last: 3},
		{Path: "/etc/app.conf", Last: 4},
		{Path: "/.out.magicpak-12", Last: 5},
		{Path: "/.out.magicpak-1/etc", Last: 6},
		{Path: "/.out.magicpak-1", Last: 7},
	}, "/.out.magicpak-1")
	if len(list) != 2 || list[0].Path != "/etc/app.conf" || list[1].Path != "/.out.magicpak-12" {
		t.Errorf("in the jail: %v", list)
	}
}
