package implied

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"magicpak/rootfs"
)

// An Engine says what objects imply, in one root.
type Engine struct {
	Root rootfs.Tree
	// Env returns a variable of the environment, which says something of how
	// the program will run: LANG, TERM, TZ.
	Env func(string) string
	// Observed: a run of the program was seen completely.
	Observed bool
	// Blind: a run was asked for and could not be seen, so that what is
	// merely hinted at is brought too.
	Blind bool
	// Dropped are the names of rules that bring nothing.
	Dropped []string

	objects []*Object
	told    map[string]bool // what was brought already
}

// A Found is what one rule brings on account of one object.
type Found struct {
	Rule string
	By   string // path in the root of the object, or of the opened file
	// Paths are walked paths in the root, and others that lead to them through
	// links. Folders stand for themselves.
	Paths     []string
	Libraries []string // names that the object By opens with dlopen(3)
	Folders   []string
	Accounts  []string
	Made      []Made
	Bytes     int64  // of Paths
	Hint      string // the option that brings this; "" when it is brought
}

// A scene is an object in the root, as a rule's Find sees it.
type scene struct {
	*Engine
	*Object
}

// A NameError refuses rule names that are not in the table.
type NameError struct {
	Name  string
	Known []string
}

func (e *NameError) Error() string { return fmt.Sprintf("no such rule: %s", e.Name) }

// CheckNames refuses names that no rule has.
func CheckNames(names []string) error {
	var errs []error
	for _, n := range names {
		if Explain(n) == "" {
			errs = append(errs, &NameError{n, RuleNames()})
		}
	}
	return errors.Join(errs...)
}

// RuleNames returns the names of all rules in the order of the table.
func RuleNames() []string {
	var names []string
	for i := range Table {
		if n := Table[i].Name; !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

// Explain returns the sentence of the rule, "" when there is none of that name.
func Explain(name string) string {
	for i := range Table {
		if Table[i].Name == name {
			return Table[i].Why
		}
	}
	return ""
}

// Look returns what o implies that no object before it did.
func (e *Engine) Look(o *Object) []Found {
	e.objects = append(e.objects, o)
	unnamed := o.Program && !slices.ContainsFunc(Table, func(r Rule) bool { return r.On.names(o) })
	return e.apply(o, func(g *Signal) bool { return g.seenIn(o) || g.Unnamed && unnamed })
}

// LookOpened returns what the path of a file implies that a run opened.
func (e *Engine) LookOpened(p string) []Found {
	return e.apply(&Object{Path: p, Walked: p}, func(g *Signal) bool { return begins(g.Opened, []string{p}) })
}

func (e *Engine) apply(o *Object, signalled func(*Signal) bool) []Found {
	var list []Found
	for i := range Table {
		r := &Table[i]
		if e.Observed && r.Shown || slices.Contains(e.Dropped, r.Name) || !signalled(&r.On) {
			continue
		}
		if f := e.bring(r, &scene{e, o}); !f.empty() {
			list = append(list, f)
		}
	}
	return list
}

// bring collects what r brings for the object of s, without what it brought before.
func (e *Engine) bring(r *Rule, s *scene) Found {
	b := Brings{}
	if r.Find != nil {
		b = r.Find(s)
	}
	b.Globs = slices.Concat(r.Paths, b.Globs)
	f := Found{Rule: r.Name, By: s.Path, Hint: b.Hint}
	if e.Blind {
		f.Hint = ""
	}
	f.Paths, f.Bytes = e.gather(b, f.Rule+f.Hint)
	f.Libraries = slices.Concat(r.Libraries, b.Libraries)
	f.Folders = e.fresh("folder", slices.Concat(r.Folders, b.Folders))
	f.Accounts = e.fresh("account", slices.Concat(r.Accounts, b.Accounts))
	for _, m := range b.Made {
		if len(e.fresh("made", []string{m.Path})) > 0 {
			f.Made = append(f.Made, m)
		}
	}
	return f
}

func (f *Found) empty() bool {
	return len(f.Paths)+len(f.Libraries)+len(f.Folders)+len(f.Accounts)+len(f.Made) == 0
}

// fresh returns those of list that were not told before under the label.
func (e *Engine) fresh(label string, list []string) []string {
	if e.told == nil {
		e.told = map[string]bool{}
	}
	var out []string
	for _, s := range list {
		if key := label + " " + s; !e.told[key] {
			e.told[key] = true
			out = append(out, s)
		}
	}
	return out
}

// object returns the first object seen so far whose soname matches a glob.
func (e *Engine) object(soname string) *Object {
	for _, o := range e.objects {
		if matches([]string{soname}, o.Soname) {
			return o
		}
	}
	return nil
}

// glibc returns the C library, nil when it is another one or not seen yet.
func (e *Engine) glibc() *Object { return e.object("libc.so.6*") }

// strings returns the paths among the strings of o that are folders or files of
// the root and satisfy keep.
func (e *Engine) existing(o *Object, keep func(string) bool) []string {
	var list []string
	for _, p := range o.Strings {
		if p = strings.TrimRight(p, "/"); keep(p) && e.exists(p) && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}
