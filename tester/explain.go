package tester

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A Lookup is a path that a program of the test looked up.
type Lookup struct {
	// Op is what it did: open, stat, readlink, list, exec, create, modify, or
	// [Interpreter] for what the kernel looks up to execute Program.
	Op      string
	Path    string // absolute in the bundle, not walked
	Errno   unix.Errno
	Program string // path of the executable that did it
	Last    int    // ordinal of the last time in the order of all lookups
}

// Interpreter is the Op of a program interpreter or the interpreter of a script.
const Interpreter = "interpreter"

// Evidence is what is known of a test that failed.
type Evidence struct {
	Lookups []Lookup // empty where the test could not be traced
	Result  *Result
	Program string // path of what was executed first
	Shell   string // path of a shell from outside of the bundle, whose own needs do not count
	User    User
	Stderr  string
	Bundle  rootfs.Tree
	Host    rootfs.Tree // what the bundle was made from
}

// A Missing is a file that the test looked for in vain and that the host has.
type Missing struct {
	Path  string
	Why   string // as in "opened by /bin/x"
	Named bool   // standard error names it
	// Folder: nothing but the folder itself is needed.
	Folder bool
	// Executed: it was to be executed, so that it needs interpreters, too.
	Executed bool
	score    int
}

// An Explanation is why a test failed, as far as the evidence tells.
type Explanation struct {
	Missing []Missing // the likeliest first
	Causes  []Cause   // other reasons, the likeliest first
}

// Explain finds what the test lacked. It looks at nothing but the evidence.
func Explain(e *Evidence) *Explanation {
	x := newExaminer(e)
	for _, l := range e.Lookups {
		x.lookup(l)
	}
	x.notFound()
	x.stderrPaths()
	return &Explanation{Missing: x.ranked(), Causes: x.causes()}
}

// An examiner collects candidates, by their walked paths on the host.
type examiner struct {
	*Evidence
	words      words
	found      map[string]bool // names that a library or program was found by
	first, end int             // ordinals of the first and last lookup
	candidates map[string]*Missing
}

func newExaminer(e *Evidence) *examiner {
	x := &examiner{Evidence: e, words: wordsOf(e.Stderr), found: map[string]bool{}, candidates: map[string]*Missing{}}
	for i, l := range e.Lookups {
		if l.Errno == 0 && (l.Op == "exec" || isLibrary(l.Path)) && !x.isDir(l.Path) {
			x.found[path.Base(l.Path)] = true
		}
		if i == 0 || l.Last < x.first {
			x.first = l.Last
		}
		x.end = max(x.end, l.Last)
	}
	return x
}

func (x *examiner) isDir(p string) bool {
	place, err := rootfs.Stat(x.Bundle, p)
	return err == nil && place.Stat.Mode&unix.S_IFMT == unix.S_IFDIR
}

// isLibrary tells whether p has the name of a shared object.
func isLibrary(p string) bool {
	base := path.Base(p)
	return strings.HasSuffix(base, ".so") || strings.Contains(base, ".so.") && base != "ld.so.cache"
}

// lookup judges one lookup.
func (x *examiner) lookup(l Lookup) {
	switch {
	case provided(l.Path):
	case l.Op == "list" && l.Errno == 0:
		x.listed(l)
	case l.Op == "create" || l.Op == "modify" || l.Op == "replace":
		x.made(l)
	case l.Errno == unix.ENOENT || l.Errno == unix.ENOTDIR:
		x.vain(l)
	}
}

// provided tells whether a container runtime or magicpak provides what is at p,
// so that it is never what a bundle lacks.
func provided(p string) bool {
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if p == dir || strings.HasPrefix(p, dir+"/") {
			return true
		}
	}
	// A bundle has a loader cache of its own, where it needs one.
	return p == Marker || p == "/etc/ld.so.cache" || p == "/etc/ld.so.preload"
}

// vain makes a candidate of what was looked for in vain, if the host has it and
// the program did not find it elsewhere.
func (x *examiner) vain(l Lookup) {
	if (l.Op == "exec" || isLibrary(l.Path) || l.Op == "stat" && x.isProgram(l.Path)) && x.found[path.Base(l.Path)] {
		return
	}
	if _, err := rootfs.Stat(x.Bundle, l.Path); err == nil {
		return
	}
	host, err := rootfs.Stat(x.Host, l.Path)
	if dir := path.Dir(l.Path); err != nil && l.Op == "open" && (temporary[dir] || saysMade.MatchString(x.Stderr)) {
		x.made(l)
	}
	if err != nil || !bundled(host.Stat.Mode) {
		return
	}
	m := Missing{Path: l.Path, score: x.score(l) - optional(l.Path)}
	m.Why = verb(l) + " by " + x.who(l.Program)
	m.Executed = l.Op == "exec" || l.Op == Interpreter
	if host.Stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		m.score -= weightFolder
		if m.Folder = Shared(l.Path); m.Folder {
			m.score -= weightShared
		}
	}
	x.add(host.Path, m)
}

// isProgram tells whether the host has an executable at p.
func (x *examiner) isProgram(p string) bool { return executable(x.Host, p) && !isLibrary(p) }

// bundled tells whether a file of that mode can be in a bundle.
func bundled(mode uint32) bool {
	f := mode & unix.S_IFMT
	return f == unix.S_IFREG || f == unix.S_IFDIR
}

// verbs say what an operation did with a path.
var verbs = map[string]string{
	"open": "opened", "list": "opened", "stat": "looked for", "readlink": "looked for", "exec": "executed",
	Interpreter: "needed to execute it",
}

func verb(l Lookup) string {
	switch {
	case l.Op == Interpreter:
		return "interpreter that is needed"
	case isLibrary(l.Path) && l.Op == "open":
		return "library that is loaded"
	case verbs[l.Op] != "":
		return verbs[l.Op]
	}
	return "wanted"
}

// weights say how likely a vain lookup of each kind is the reason of a failure.
var weights = map[string]int{Interpreter: 120, "exec": 85, "open": 60, "list": 50, "readlink": 40, "stat": 45}

const (
	weightFolder  = 25 // less, for a folder: it is what a file is looked for in
	weightShared  = 15 // and less, for one that needs nothing in it
	weightLibrary = 75
	weightRecent  = 20 // for the very last lookup
	weightBy      = 10 // standard error names the program
)

// score weighs a vain lookup by its kind and by when it was.
func (x *examiner) score(l Lookup) int {
	s := weights[l.Op]
	if isLibrary(l.Path) && l.Op != "stat" && l.Op != Interpreter {
		s = weightLibrary
	}
	if x.end > x.first {
		s += weightRecent * (l.Last - x.first) / (x.end - x.first)
	}
	if x.words[path.Base(l.Program)] {
		s += weightBy
	}
	return s
}

// add enters a candidate, or keeps the better one.
func (x *examiner) add(key string, m Missing) {
	mention := x.words.mention(m.Path)
	m.score += mention
	m.Named = mention > 0
	if old := x.candidates[key]; old == nil || m.score > old.score {
		x.candidates[key] = &m
	}
}

// ranked returns the candidates, the likeliest first.
func (x *examiner) ranked() []Missing {
	var list []Missing
	for _, m := range x.candidates {
		if m.score > 0 {
			list = append(list, *m)
		}
	}
	slices.SortFunc(list, func(a, b Missing) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.Path, b.Path))
	})
	return withoutAncestors(list)
}

// withoutAncestors leaves out folders that hold something likelier: a file in
// them was looked for, not the folder.
func withoutAncestors(list []Missing) []Missing {
	var kept []Missing
	for _, m := range list {
		holds := func(better Missing) bool { return strings.HasPrefix(better.Path, m.Path+"/") }
		if !slices.ContainsFunc(kept, holds) {
			kept = append(kept, m)
		}
	}
	return kept
}

// made judges a file that a program wanted to make: the folder it goes into may
// be missing. What was opened in vain where the host has nothing may have been
// meant to be made, too.
func (x *examiner) made(l Lookup) {
	dir := path.Dir(l.Path)
	if provided(dir) || x.isDir(dir) {
		return
	}
	host, err := rootfs.Stat(x.Host, dir)
	if err != nil || host.Stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return
	}
	weight := weightMade
	if l.Op == "open" {
		weight = weightMaybeMade
	}
	if temporary[dir] {
		weight += weightTemporary
	}
	if x.words.below(dir) {
		weight += mentionPath
	}
	l.Op = ""
	x.add(host.Path, Missing{Path: dir, Folder: true, Why: "folder in which a file is made by " + x.who(l.Program), score: x.score(l) + weight - optional(dir)})
}

const (
	weightMade      = 65
	weightMaybeMade = 5
	weightTemporary = 25
)

// saysMade is how programs say that they could not make a file.
var saysMade = regexp.MustCompile(`(?i)creat|write|writing|save`)

// temporary are the folders that programs make files in, whatever they are for.
var temporary = map[string]bool{"/tmp": true, "/var/tmp": true, "/run": true, "/var/run": true, "/var/log": true, "/var/cache": true}

// Few names that a listed folder lacks are named one by one.
const fewNames = 3

const (
	weightListed      = 15 // a name that a listed folder lacks
	weightListedNamed = 40 // and that standard error names
	// More, for what would be loaded; less, for a folder, which was not entered.
	weightListedLibrary = 5
	weightListedFolder  = 10
)

// listed judges a folder whose names were read: those that the host has beside
// them may be what was looked for.
func (x *examiner) listed(l Lookup) {
	lacking := x.lacking(l.Path)
	if len(lacking) == 0 {
		return
	}
	few := len(lacking) <= fewNames && !Shared(l.Path)
	for _, name := range lacking {
		p := strings.TrimSuffix(l.Path, "/") + "/" + name
		switch {
		case x.words.mention(p) > 0:
			x.addListed(l, p, weightListedNamed)
		case few:
			x.addListed(l, p, weightListed-optional(p))
		}
	}
	if !few && !Shared(l.Path) {
		x.addListed(l, l.Path, weightListed-optional(l.Path))
	}
}

func (x *examiner) addListed(l Lookup, p string, weight int) {
	host, err := rootfs.Stat(x.Host, p)
	if err != nil || !bundled(host.Stat.Mode) {
		return
	}
	why := "not among the names in the folder that was listed by " + x.who(l.Program)
	if p == l.Path {
		why = "folder that was listed by " + x.who(l.Program) + " and lacks names"
	}
	switch {
	case isLibrary(p):
		weight += weightListedLibrary
	case p != l.Path && host.Stat.Mode&unix.S_IFMT == unix.S_IFDIR:
		weight -= weightListedFolder
	}
	x.add(host.Path, Missing{Path: p, Why: why, score: x.score(Lookup{Op: "list", Path: p, Program: l.Program, Last: l.Last}) - weights["list"] + weight})
}

// lacking returns the names that a folder has on the host and not in the bundle.
func (x *examiner) lacking(dir string) []string {
	host, err := rootfs.Stat(x.Host, dir)
	if err != nil {
		return nil
	}
	names, err := x.Host.ReadDir(host.Path)
	if err != nil {
		return nil
	}
	var have []string
	if place, err := rootfs.Stat(x.Bundle, dir); err == nil {
		have, _ = x.Bundle.ReadDir(place.Path)
	}
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(have, n) })
}

// commandNotFound is what shells say of a command that is nowhere on PATH.
var commandNotFound = regexp.MustCompile(`(?m)(?:^|[\s:])([^\s:]+): (?:command )?not found$`)

// notFound makes candidates of the commands that a shell did not find.
func (x *examiner) notFound() {
	for _, m := range commandNotFound.FindAllStringSubmatch(x.Stderr, -1) {
		p := FindProgram(x.Host, m[1], DefaultPath)
		if p == "" {
			continue
		}
		host, err := rootfs.Stat(x.Host, p)
		if _, lacks := rootfs.Stat(x.Bundle, p); err == nil && lacks != nil {
			x.add(host.Path, Missing{Path: p, Why: "command that was not found", Executed: true, score: weights["exec"]})
		}
	}
}

const weightNamed = 30

// stderrPaths makes candidates of paths that standard error names and that were
// not seen to be looked up, which is all there is when nothing was traced.
func (x *examiner) stderrPaths() {
	for w := range x.words {
		if !strings.HasPrefix(w, "/") || provided(w) {
			continue
		}
		host, err := rootfs.Stat(x.Host, w)
		_, lacks := rootfs.Stat(x.Bundle, w)
		if err != nil || lacks == nil || !bundled(host.Stat.Mode) || x.candidates[host.Path] != nil {
			continue
		}
		score := weightNamed
		if host.Stat.Mode&unix.S_IFMT == unix.S_IFDIR {
			score -= weightFolder // one of those that were searched
		}
		x.add(host.Path, Missing{Path: w, Why: "named on standard error", Folder: Shared(w), score: score})
	}
}

// Score returns how likely m is the reason, on a scale of its own.
func (m Missing) Score() int { return m.score }
