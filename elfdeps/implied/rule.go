package implied

import (
	"path"
	"slices"
	"strings"
)

// A Rule is one row of the table.
type Rule struct {
	Name string
	// Why explains, in a sentence, what opens this. With a cost of more than
	// 3 MB it says what costs so much.
	Why string
	On  Signal
	// Shown: where a run of the program was observed, it showed what of this
	// is needed, so that the rule brings nothing more.
	Shown bool

	Paths     []string // globs of files, and of folders with all they hold
	Libraries []string // that the object opens by name
	Folders   []string // without their contents; made where the root has none
	Accounts  []string // user names that must be known
	// Find, where it is not nil, finds what else the rule brings.
	Find func(s *scene) Brings
}

// Brings is what a rule brings into a bundle.
type Brings struct {
	Paths     []string // as in Rule, without globs
	Globs     []string
	Leave     func(p string) bool // what is left out below Paths and Globs
	Libraries []string
	Folders   []string
	Accounts  []string
	Made      []Made
	// Hint, where it is not "", is the option that adds this: the signal does
	// not decide that it is needed.
	Hint string
}

// A Made file is one that magicpak makes where the bundle has none.
type Made struct {
	Path    string
	Content string
}

// A Signal is what a rule looks for. It is there when one of its lists has a match.
type Signal struct {
	Imports []string // undefined symbols of any object
	Calls   []string // undefined symbols of an executable
	Sonames []string // globs of an object's own DT_SONAME
	Strings []string // beginnings of absolute paths among the strings of any object
	Texts   []string // beginnings of absolute paths among the strings of an executable
	Names   []string // globs of an executable's file name
	Opened  []string // beginnings of the paths of files that a run opened
	// Any: every object is a signal, and Find decides.
	Any bool
	// Unnamed: an executable is a signal whose name is in no row.
	Unnamed bool
}

// An Object is one file as the rules look at it.
type Object struct {
	Path    string // in the root, its links not resolved
	Walked  string // what Path leads to
	Program bool   // it is started: an executable or a script
	Ident   Ident
	Soname  string
	Defines []string // symbol versions
	Imports []string // undefined symbols
	Strings []string // absolute paths among its strings
	Names   []string // names of libraries among its strings
	// Suggests are libraries that it can use, as a dlopen note in it says. Those
	// that a note requires or recommends are its needs, and no rule's.
	Suggests []string
}

// An Ident tells for which machine an ELF file is.
type Ident struct {
	Class, Data byte
	Machine     uint16
}

// seenIn tells whether the signal is there in o.
func (g *Signal) seenIn(o *Object) bool {
	return g.Any ||
		common(g.Imports, o.Imports) ||
		o.Soname != "" && matches(g.Sonames, o.Soname) ||
		begins(g.Strings, o.Strings) ||
		o.Program && (common(g.Calls, o.Imports) || g.names(o) || begins(g.Texts, o.Strings))
}

// names tells whether the signal has the name of o.
func (g *Signal) names(o *Object) bool {
	return matches(g.Names, path.Base(o.Walked)) || matches(g.Names, path.Base(o.Path))
}

// common tells whether a and b share an element.
func common(a, b []string) bool {
	return len(a) > 0 && slices.ContainsFunc(b, func(s string) bool { return slices.Contains(a, s) })
}

// matches tells whether name matches one of the globs.
func matches(globs []string, name string) bool {
	return slices.ContainsFunc(globs, func(g string) bool {
		ok, _ := path.Match(g, name)
		return ok
	})
}

// begins tells whether one of list is, or lies below, one of the paths.
func begins(paths, list []string) bool {
	return len(paths) > 0 && slices.ContainsFunc(list, func(s string) bool {
		return slices.ContainsFunc(paths, func(p string) bool { return below(s, p) })
	})
}

// below tells whether p is dir or lies below it. A dir that ends in a slash, or
// in a dash, is a beginning.
func below(p, dir string) bool {
	rest, ok := strings.CutPrefix(p, dir)
	return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(dir, "/") || strings.HasSuffix(dir, "-"))
}
