package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"magicpak/tracer"
)

// A table is a recorded run as people read it.
type table struct {
	run      *tracer.Recording
	executed []string            // in order
	folders  map[string][]string // names of found files by their folders
	files    int
	vain     []string
	passed   int // looked for in vain, and of no concern
	written  []string
}

// newTable sorts what p recorded.
func newTable(p *tracer.Profile) *table {
	t := &table{run: &p.Runs[0], folders: map[string][]string{}, vain: inVain(p, math.MaxInt)}
	before := map[string]*tracer.Before{}
	for i := range p.Before {
		before[string(p.Before[i].Path)] = &p.Before[i]
	}
	misses := map[string]bool{}
	for i := range p.Accesses {
		a := &p.Accesses[i]
		if missed(a) {
			misses[string(a.Path)] = true
		}
		if !a.Virtual && a.Errno == 0 {
			t.enter(a, before[string(a.Object)])
		}
	}
	slices.Sort(t.vain)
	t.executed = executed(p)
	for _, a := range vainAccesses(p) {
		delete(misses, string(a.Path))
	}
	t.passed = len(misses)
	return t
}

// enter sorts in an access that found or made something.
func (t *table) enter(a *tracer.Access, before *tracer.Before) {
	p := string(a.Object)
	made := before != nil && before.Absent
	switch a.Op {
	case tracer.Create, tracer.Modify, tracer.Change, tracer.Remove, tracer.Replace:
		note(&t.written, writtenText(p, a.Op, made))
	}
	if wasThere(a) && a.Type != unix.S_IFDIR && !made && a.Op != tracer.Connect {
		dir, name := path.Split(p)
		if dir != "/" {
			dir = strings.TrimSuffix(dir, "/")
		}
		if !slices.Contains(t.folders[dir], name) {
			t.folders[dir] = append(t.folders[dir], name)
			t.files++
		}
	}
}

// executed returns the programs and scripts that were executed, the first one
// first.
func executed(p *tracer.Profile) []string {
	var runs []*tracer.Access
	for i := range p.Accesses {
		if a := &p.Accesses[i]; a.Op == tracer.Exec && a.Errno == 0 {
			runs = append(runs, a)
		}
	}
	slices.SortStableFunc(runs, func(a, b *tracer.Access) int { return cmp.Compare(a.First, b.First) })
	var list []string
	for _, a := range runs {
		note(&list, string(a.Object))
	}
	return list
}

// writtenText says what was done to what is at p.
func writtenText(p string, op tracer.Op, made bool) string {
	switch {
	case op == tracer.Remove && made:
		return p + " (made and removed)"
	case op == tracer.Remove:
		return p + " (removed)"
	case made:
		return p + " (made)"
	case op == tracer.Change:
		return p + " (metadata)"
	}
	return p + " (changed)"
}

// text writes the table; with vainOnly, what was looked for in vain alone.
func (t *table) text(vainOnly bool) string {
	var b strings.Builder
	if !vainOnly {
		fmt.Fprintf(&b, "%s: %s, %s found\n", printable(commandText(t.run)), t.ending(), count(t.files, "file"))
		section(&b, "executed", t.executed)
		section(&b, "found, by folder", t.folderLines())
	}
	section(&b, "looked for in vain", t.vain)
	if t.passed > 0 && !vainOnly {
		fmt.Fprintf(&b, "  (and %s that were found elsewhere, or that every program looks for)\n", count(t.passed, "other"))
	}
	if !vainOnly {
		slices.Sort(t.written)
		section(&b, "written", t.written)
	}
	return b.String()
}

// ending says how the run ended.
func (t *table) ending() string {
	if t.run.Stopped {
		return "stopped"
	}
	return statusText(t.run.Status)
}

func section(b *strings.Builder, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "%s:\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", printable(l))
	}
}

// folderLines returns a line for each folder, with as many of its files as fit.
func (t *table) folderLines() []string {
	const most = 100 // characters of names
	dirs := slices.SortedFunc(maps.Keys(t.folders), cmp.Compare[string])
	var lines []string
	for _, dir := range dirs {
		names := t.folders[dir]
		slices.Sort(names)
		shown := 1
		for width := utf8.RuneCountInString(names[0]); shown < len(names); shown++ {
			if width += utf8.RuneCountInString(names[shown]) + 2; width > most {
				break
			}
		}
		line := dir + ": " + strings.Join(names[:shown], ", ")
		if more := len(names) - shown; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, line)
	}
	return lines
}

// count words a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
