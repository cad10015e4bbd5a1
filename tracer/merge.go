package tracer

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// Merge returns one profile of several, given in the order in which they were
// recorded. Equal accesses are counted together, on account of whoever was
// first; of the states before a run that a path has, the earliest is kept.
// The ordinals of a profile follow those of the one before it.
func Merge(profiles ...*Profile) *Profile {
	m := &Profile{}
	at := map[identity]int{}
	kept := map[rootfs.ByteName]bool{}
	next := 0
	for _, p := range profiles {
		for _, r := range p.Runs {
			r.First += next
			m.Runs = append(m.Runs, r)
		}
		last := 0
		for _, a := range p.Accesses {
			last = max(last, a.Last+1)
			a.First, a.Last = a.First+next, a.Last+next
			m.enter(at, a)
		}
		next += last
		for _, b := range p.Before {
			if !kept[b.Path] {
				kept[b.Path] = true
				m.Before = append(m.Before, b)
			}
		}
	}
	m.sort()
	return m
}

// An identity is what makes two accesses equal.
type identity struct {
	op           Op
	path, object rootfs.ByteName
	links        string
	format       uint32
	virtual      bool
	errno        unix.Errno
}

func (a *Access) identity() identity {
	var links strings.Builder
	for _, l := range a.Links {
		links.WriteString(string(l) + "\x00")
	}
	return identity{a.Op, a.Path, a.Object, links.String(), a.Type, a.Virtual, a.Errno}
}

// enter adds a to p, or its count to that of an equal access.
func (p *Profile) enter(at map[identity]int, a Access) {
	id := a.identity()
	i, known := at[id]
	if !known {
		at[id] = len(p.Accesses)
		p.Accesses = append(p.Accesses, a)
		return
	}
	old := &p.Accesses[i]
	old.Count += a.Count
	old.Last = max(old.Last, a.Last)
}

// sort puts p in the order that its fields promise.
func (p *Profile) sort() {
	slices.SortStableFunc(p.Accesses, func(a, b Access) int {
		return cmp.Or(
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Op, b.Op), cmp.Compare(a.Errno, b.Errno),
			cmp.Compare(a.Object, b.Object), cmp.Compare(a.First, b.First),
		)
	})
	slices.SortStableFunc(p.Before, func(a, b Before) int { return cmp.Compare(a.Path, b.Path) })
}

// RunOf returns the run in which a was first made.
func (p *Profile) RunOf(a *Access) *Recording {
	for i := len(p.Runs) - 1; i > 0; i-- {
		if p.Runs[i].First <= a.First {
			return &p.Runs[i]
		}
	}
	return &p.Runs[0]
}
