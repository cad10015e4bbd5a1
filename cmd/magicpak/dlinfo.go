package main

import (
	"debug/elf"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strings"

	"magicpak/bundler"
	"magicpak/elfdeps"
	"magicpak/elfdeps/dlinfo"
	"magicpak/rootfs"
)

// An asking is what loaders were asked, with --resolver dlinfo.
type asking struct {
	asker   *dlinfo.Asker
	answers map[string]*dlinfo.Answer // by the path of the executable
	mapped  map[string][]string       // what is mapped beyond what the rules say, likewise
}

// resolve says what the loader maps for the file at path: by its rules, and for
// an executable, where that is asked for, by its own word.
func (b *bundling) resolve(path string) (*elfdeps.Result, error) {
	res, err := b.resolver.Resolve(path)
	if err != nil || b.dlinfo == nil || res.Loader == "" || res.Object.Interp == "" {
		return res, err
	}
	answer, err := b.ask(res)
	if err != nil {
		b.warnOnce(fmt.Sprintf("%v: its libraries are those of the native resolver", err))
		return res, nil
	}
	b.heed(res, answer)
	return res, nil
}

// ask asks the loader about the executable of res, once.
func (b *bundling) ask(res *elfdeps.Result) (*dlinfo.Answer, error) {
	if answer, ok := b.asking.answers[res.Path]; ok {
		return answer, nil
	}
	if b.asking.asker == nil {
		b.asking = asking{
			asker: &dlinfo.Asker{
				CC: b.dlinfo.cc, NoLoad: b.dlinfo.noLoad, Cwd: b.cwd, LibraryPath: b.libraryPath(),
				Dir: func() (string, error) { return b.scratchDir("dlinfo") },
			},
			answers: map[string]*dlinfo.Answer{}, mapped: map[string][]string{},
		}
	}
	place, err := rootfs.Stat(b.tree, res.Path)
	if err != nil {
		return nil, err
	}
	answer, err := b.asking.asker.Ask(b.ctx, questionAbout(res, place.Path))
	if err != nil {
		return nil, err
	}
	b.asking.answers[res.Path] = answer
	b.tellAnswer(res.Path, answer)
	return answer, nil
}

// questionAbout asks for the executable of res, whose path is walked.
func questionAbout(res *elfdeps.Result, path string) dlinfo.Question {
	o := res.Object
	q := dlinfo.Question{
		Path: path, Loader: res.Loader, Musl: res.Policy.Libc == elfdeps.Musl, Machine: o.Machine, Class: o.Class,
		Rpath: o.Rpath, Runpath: o.Runpath, NoDefLib: o.Flags1&elf.DF_1_NODEFLIB != 0,
	}
	for _, d := range o.Deps {
		if d.Kind == elfdeps.Needed {
			q.Needed = append(q.Needed, d.Name)
		}
	}
	return q
}

// tellAnswer says how the answer came about where it is not as it should be.
func (b *bundling) tellAnswer(program string, a *dlinfo.Answer) {
	var failed *dlinfo.CompilerError
	switch {
	case errors.As(a.Traced, &failed):
		b.warnOnce(fmt.Sprintf("%v: without a helper the loader is asked for its list (LD_TRACE_LOADED_OBJECTS)", failed))
	case a.Traced != nil:
		b.warnOnce(fmt.Sprintf("%v: the loader is asked for its list (LD_TRACE_LOADED_OBJECTS)", a.Traced))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Failed)) {
		reason := a.Failed[name]
		if a.Found[name] != "" {
			slog.Info(fmt.Sprintf("%s: %s cannot be opened by itself (%s): the loader's list says where it is", program, name, reason))
		} else {
			b.warnOnce(fmt.Sprintf("%s: the loader does not open %s: %s", program, name, reason))
		}
	}
}

// heed puts the loader's answer into res where it differs, and tells.
func (b *bundling) heed(res *elfdeps.Result, a *dlinfo.Answer) {
	h := &heeding{bundling: b, res: res, answer: a, asked: map[string]bool{}, native: map[string]bool{}}
	for _, p := range a.Mapped {
		h.asked[b.real(p)] = true
	}
	for _, libs := range [][]elfdeps.Library{res.Libraries, res.Dlopened} {
		for _, l := range libs {
			h.native[b.real(l.Path)] = true
		}
	}
	for i := range res.Libraries {
		if l := &res.Libraries[i]; l.Kind != elfdeps.Interp && !h.asked[b.real(l.Path)] {
			h.replace(l)
		}
	}
	h.findMissing()
	h.extra()
}

// real walks a path; one that leads nowhere stays.
func (b *bundling) real(p string) string {
	place, err := rootfs.Stat(b.tree, p)
	if err != nil {
		return p
	}
	return place.Path
}

// A heeding compares one result with one answer, by real paths.
type heeding struct {
	*bundling
	res    *elfdeps.Result
	answer *dlinfo.Answer
	asked  map[string]bool
	native map[string]bool
}

// replace looks for what the loader maps in the place of lib, which it does not.
func (h *heeding) replace(lib *elfdeps.Library) {
	other := h.answer.Found[lib.Name]
	if other == "" {
		i := slices.IndexFunc(h.answer.Mapped, func(p string) bool { return path.Base(p) == path.Base(lib.Path) && !h.native[h.real(p)] })
		if i < 0 {
			h.warnOnce(fmt.Sprintf("%s: by the loader's rules it maps %s, and it does not; that is bundled all the same", h.res.Path, lib.Path))
			return
		}
		other = h.answer.Mapped[i]
	}
	h.native[h.real(other)] = true
	if isVariant(other, lib.Path) {
		slog.Info(fmt.Sprintf("%s: on this CPU the loader takes %s; bundled is %s, for every CPU", h.res.Path, other, lib.Path))
		return
	}
	h.warnOnce(fmt.Sprintf("%s: for %s the loader takes %s, and the native resolver %s; the loader's is bundled", h.res.Path, lib.Name, other, lib.Path))
	lib.Path, lib.How = other, elfdeps.HowAsked
}

// isVariant tells whether path is a build of the library base for certain CPUs.
func isVariant(p, base string) bool {
	dir, name := path.Split(p)
	return name == path.Base(base) && (strings.Contains(dir, "/glibc-hwcaps/") || strings.HasPrefix(dir, path.Dir(base)+"/"))
}

// findMissing takes what the native resolver misses and the loader finds.
func (h *heeding) findMissing() {
	h.res.Missing = slices.DeleteFunc(h.res.Missing, func(m *elfdeps.NotFoundError) bool {
		p := h.answer.Found[m.Name]
		if p == "" {
			return false
		}
		h.warnOnce(fmt.Sprintf("%s: the loader takes %s for %s, which the native resolver does not find; it is bundled", h.res.Path, p, m.Name))
		h.native[h.real(p)] = true
		h.res.Libraries = append(h.res.Libraries, elfdeps.Library{
			Name: m.Name, Path: p, NeededBy: m.NeededBy, Kind: m.Kind, How: elfdeps.HowAsked, Object: h.res.Object,
		})
		return true
	})
}

// extra notes what is mapped beyond what the rules say: libraries that others
// open as they are loaded.
func (h *heeding) extra() {
	own := map[string]bool{h.real(h.res.Loader): true, h.real(h.res.Path): true}
	for _, p := range h.answer.Own {
		own[h.real(p)] = true
	}
	var list []string
	for _, p := range h.answer.Mapped {
		if real := h.real(p); !h.native[real] && !own[real] {
			h.warnOnce(fmt.Sprintf("%s: the loader also maps %s, which no object needs by name: a library opens it as it is loaded; it is bundled", h.res.Path, p))
			list = append(list, p)
		}
	}
	h.asking.mapped[h.res.Path] = list
}

// addMapped adds what the loader maps for p beyond its rules.
func (b *bundling) addMapped(p program) error {
	for _, path := range b.asking.mapped[p.path] {
		if _, err := b.manifest.Add(path, bundler.Origin{Kind: bundler.Opened, By: p.walked, Detail: "--resolver dlinfo"}); err != nil {
			return err
		}
	}
	return nil
}
