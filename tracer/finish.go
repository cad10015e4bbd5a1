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
	r.fds.close()
	if r.unreadable > 0 {
		r.lacks("%d names could not be read from programs that may only be executed, or that run as another user (which takes CAP_SYS_PTRACE).", r.unreadable)
	}
	p := &Profile{}
	list := slices.AppendSeq(r.direct, maps.Values(r.records))
	slices.SortFunc(list, compareRecords)
	p.Accesses = make([]Access, len(list))
	for i, rec := range list {
		p.Accesses[i] = rec.access()
	}
	p.Before = r.earlier()
	return p
}

// earlier returns what was there before. What this namespace has to say of a
// path comes before what others have.
func (r *recorder) earlier() []Before {
	var list []Before
	add := func(n *names) {
		for _, b := range n.before {
			list = append(list, *b)
		}
	}
	add(r.host)
	for _, id := range slices.Sorted(maps.Keys(r.foreign)) {
		add(r.foreign[id])
	}
	slices.SortStableFunc(list, func(a, b Before) int { return strings.Compare(string(a.Path), string(b.Path)) })
	return slices.CompactFunc(list, func(a, b Before) bool { return a.Path == b.Path })
}

func compareRecords(a, b *record) int {
	if dir := a.node.parent; dir == b.node.parent && a.path == a.node.path && b.path == b.node.path && a.node != b.node {
		n := len(dir.path) // which both begin with
		return strings.Compare(a.path[n:], b.path[n:])
	}
	return cmp.Or(strings.Compare(a.path, b.path), cmp.Compare(a.op, b.op), cmp.Compare(a.errno, b.errno),
		strings.Compare(a.node.path, b.node.path), cmp.Compare(a.first, b.first))
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
