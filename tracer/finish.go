package tracer

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"magicpak/rootfs"
)

// profile returns what was recorded.
func (r *recorder) profile() *Profile {
	if r.unreadable > 0 {
		r.lacks("%d names could not be read from the memory of programs that may only be executed.", r.unreadable)
	}
	p := &Profile{}
	for _, rec := range slices.SortedFunc(maps.Values(r.records), compareRecords) {
		p.Accesses = append(p.Accesses, rec.access())
	}
	for _, b := range r.host.before {
		p.Before = append(p.Before, *b)
	}
	slices.SortFunc(p.Before, func(a, b Before) int { return strings.Compare(string(a.Path), string(b.Path)) })
	return p
}

func compareRecords(a, b *record) int {
	return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.op, b.op), cmp.Compare(a.errno, b.errno))
}

func (rec *record) access() Access {
	a := Access{
		Op: rec.op, Path: rootfs.ByteName(rec.path), Object: rootfs.ByteName(rec.node.path),
		Type: rec.mode & 0o170000, Virtual: rec.virtual, Errno: rec.errno, Count: rec.count,
		By:    Process{PID: rec.pid, Program: rootfs.ByteName(rec.program)},
		First: rec.first, Last: rec.last,
	}
	for _, l := range rec.links {
		a.Links = append(a.Links, rootfs.ByteName(l.path))
	}
	return a
}
