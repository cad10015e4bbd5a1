package elfdeps

import (
	"slices"
	"strings"

	"magicpak/elfdeps/dlopennote"
)

// A DlopenCandidate is a library that an object says it opens by itself, in a
// note (dlopennote).
type DlopenCandidate struct {
	dlopennote.Entry
	By string // path of the object with the note
}

// noteLimit bounds the bytes of one note segment that are read.
const noteLimit = 64 << 10

// dlopenNotes reads the notes about libraries that the object opens itself. A
// note that cannot be read says nothing: the loader does not look at it either.
func (r *objectReader) dlopenNotes() []DlopenCandidate {
	var list []DlopenCandidate
	for _, s := range r.notes {
		b := make([]byte, min(s.filesz, noteLimit, uint64(r.size)))
		if r.spend(int64(len(b)), clampOffset(s.offset), "PT_NOTE") != nil || r.read(b, clampOffset(s.offset), "PT_NOTE") != nil {
			return list
		}
		for desc := range dlopennote.Notes(b, r.order, s.align) {
			entries, err := dlopennote.Parse(desc)
			if err != nil {
				continue
			}
			for _, e := range entries {
				list = append(list, DlopenCandidate{Entry: e})
			}
		}
	}
	return list
}

// suggests returns the names of the libraries that the notes only suggest.
func (r *objectReader) suggests() []string {
	var names []string
	for _, c := range r.dlopenNotes() {
		if c.Priority == dlopennote.Suggested {
			names = append(names, c.Sonames...)
		}
	}
	return names
}

// dlopened resolves what the mapped objects say they open themselves: of each
// required or recommended entry the first name that is found, in the context of
// the object with the note. What is found brings its own needs.
func (r *run) dlopened() {
	first := len(r.list)
	r.audits()
	for i := 0; i < len(r.list); i++ {
		for _, c := range r.list[i].obj.Dlopen {
			c.By = r.list[i].path
			if c.Priority == dlopennote.Suggested {
				r.res.Suggested = append(r.res.Suggested, c)
			} else {
				r.dlopen(r.list[i], c)
			}
		}
		r.opens(r.list[i])
	}
	r.collect(&r.res.Dlopened, first)
}

// dlopen maps the first alternative of c that can be opened, for l. Where there
// is none, c is reported as unmet.
func (r *run) dlopen(l *link, c DlopenCandidate) {
	opened := func(name string) bool { return r.open(l, Dep{Dlopen, name}) }
	if !slices.ContainsFunc(c.Sonames, opened) {
		r.res.Unmet = append(r.res.Unmet, c)
	}
}

// audits maps the auditing libraries of the executable (rtld-audit(7)), as glibc
// does and in a namespace of their own; those that other objects name, and those
// that cannot be loaded, it passes over.
func (r *run) audits() {
	if r.policy.Libc != Glibc {
		return
	}
	for _, name := range r.main.obj.Audit {
		if name != "" && !(r.secure && strings.Contains(name, "/")) {
			r.open(r.main, Dep{Audit, name})
		}
	}
}

// open maps d for l with all that it needs. Where something of that is nowhere
// or cannot be loaded dlopen(3) fails and nothing stays.
func (r *run) open(l *link, d Dep) bool {
	loaded := len(r.loaded)
	lib, err := r.load(l, d)
	if err != nil {
		return false
	}
	if lib.listed {
		return true
	}
	at, missing := len(r.list), len(r.res.Missing)
	r.append(lib)
	if err := r.closure(at); err == nil && len(r.res.Missing) == missing {
		return true
	}
	for _, l := range r.loaded[loaded:] {
		l.listed = false
		delete(r.libs, l)
	}
	r.loaded, r.list, r.res.Missing = r.loaded[:loaded], r.list[:at], r.res.Missing[:missing]
	return false
}

// opens maps what Resolver.Opens says that l opens.
func (r *run) opens(l *link) {
	if r.Opens == nil {
		return
	}
	f := r.file(r.absolute(l.path))
	if f.err != nil {
		return
	}
	for _, name := range r.Opens(f.id.dev, f.id.ino) {
		r.open(l, Dep{Opened, name})
	}
}
