package main

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
	"magicpak/tracer"
)

func TestInVain(t *testing.T) {
	p := &tracer.Profile{}
	order := 0
	add := func(path string, errno unix.Errno) {
		order++
		p.Accesses = append(p.Accesses, tracer.Access{
			Op: tracer.Open, Path: rootfs.ByteName(path), Errno: errno, Count: 1, First: order, Last: order,
		})
	}
	add("/etc/ld.so.preload", unix.ENOENT)
	add("/a/glibc-hwcaps/v3/libc.so.6", unix.ENOENT)
	add("/a/found", unix.ENOENT)
	add("/b/found", 0)
	add("/m/mod.so", unix.ENOENT) // an ending that was tried
	add("/m/mod.py", 0)
	add("/bin/tool", unix.ENOENT)
	add("/usr/bin/tool", unix.ENOENT)
	add("/secret", unix.EACCES)
	add("/etc/app.conf", unix.ENOENT)
	want := []string{"/etc/app.conf", "/secret (permission denied)", "/usr/bin/tool (and in 1 other folder)"}
	if got := inVain(p, 9); !slices.Equal(got, want) {
		t.Errorf("in vain %q, want %q", got, want)
	}
	if got := inVain(p, 1); !slices.Equal(got, want[:1]) {
		t.Errorf("the last in vain %q, want %q", got, want[:1])
	}
}
