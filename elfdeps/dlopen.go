package elfdeps

import "magicpak/elfdeps/dlopennote"

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

// dlopened resolves what the mapped objects say they open themselves: of each
// required or recommended entry the first name that is found, in the context of
// the object with the note. What is found brings its own needs.
func (r *run) dlopened() error {
	first := len(r.list)
	for i := 0; i < len(r.list); i++ {
		for _, c := range r.list[i].obj.Dlopen {
			c.By = r.list[i].path
			if c.Priority == dlopennote.Suggested {
				r.res.Suggested = append(r.res.Suggested, c)
				continue
			}
			if err := r.dlopen(r.list[i], c); err != nil {
				return err
			}
		}
		if err := r.opens(r.list[i]); err != nil {
			return err
		}
	}
	r.collect(&r.res.Dlopened, first)
	return nil
}

// dlopen maps the first alternative of c that is there, for l. Where there is
// none, c is reported as unmet.
func (r *run) dlopen(l *link, c DlopenCandidate) error {
	for _, name := range c.Sonames {
		found, err := r.open(l, Dep{Dlopen, name})
		if found || err != nil {
			return err
		}
	}
	r.res.Unmet = append(r.res.Unmet, c)
	return nil
}

// open maps d for l, and what it needs, unless it is nowhere.
func (r *run) open(l *link, d Dep) (found bool, err error) {
	lib, err := r.load(l, d)
	if err != nil {
		return false, nil
	}
	if lib.listed {
		return true, nil
	}
	at := len(r.list)
	r.append(lib)
	return true, r.closure(at)
}

// opens maps what Resolver.Opens says that l opens.
func (r *run) opens(l *link) error {
	if r.Opens == nil {
		return nil
	}
	f := r.file(r.absolute(l.path))
	if f.err != nil {
		return nil
	}
	missing := len(r.res.Missing)
	for _, name := range r.Opens(f.id.dev, f.id.ino) {
		if _, err := r.open(l, Dep{Opened, name}); err != nil {
			return err
		}
	}
	r.res.Missing = r.res.Missing[:missing]
	return nil
}
