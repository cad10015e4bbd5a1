package elfdeps

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A musl is the search of musl's loader (ldso/dynlink.c, load_library).
type musl struct{ *run }

// muslLibc are the beginnings of names, behind "lib", that mean libc itself.
var muslLibc = []string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."}

func (m *musl) preload() []Dep {
	var deps []Dep
	if m.secure {
		return nil
	}
	for _, name := range splitAny(m.Env.Preload, " \t\n\v\f\r:") {
		if name != "" {
			deps = append(deps, Dep{Preload, name})
		}
	}
	return deps
}

// load knows no sonames: a name without a slash is satisfied by an object
// that was found by the same name, else searched for.
func (m *musl) load(by *link, d Dep) (*link, error) {
	if d.Kind == Auxiliary || d.Kind == Filter {
		return nil, nil // musl does not know these tags
	}
	if m.isLibc(d.Name) {
		return m.libc(by, d), nil
	}
	if strings.Contains(d.Name, "/") {
		return m.open(by, d, m.file(m.absolute(d.Name)), Library{Path: d.Name, How: HowPath})
	}
	for _, l := range m.loaded[1:] {
		if len(l.names) > 0 && l.names[0] == d.Name {
			return l, nil
		}
	}
	return m.search(by, d)
}

func (m *musl) isLibc(name string) bool {
	if name == m.res.Loader {
		return true
	}
	rest, ok := strings.CutPrefix(name, "lib")
	for _, begin := range muslLibc {
		if ok && strings.HasPrefix(rest, begin) {
			return true
		}
	}
	return false
}

// libc enters the loader, which is libc, among the libraries.
func (m *musl) libc(by *link, d Dep) *link {
	if m.libs[m.rtld] == nil {
		m.rtld.names = nil
		m.loaded = append(m.loaded, m.rtld)
		lib := m.interp()
		lib.Name, lib.NeededBy, lib.Kind = d.Name, by.path, d.Kind
		m.note(m.rtld, lib)
	}
	return m.rtld
}

// muslName and muslBuf bound a name and a path that is tried: longer ones
// fail and are skipped (NAME_MAX and buf in load_library).
const (
	muslName = 255
	muslBuf  = 2*muslName + 2
)

// search goes through LD_LIBRARY_PATH, the run paths of the requester and all
// who loaded it, and the path file or musl's own folders.
func (m *musl) search(by *link, d Dep) (*link, error) {
	nf := &NotFoundError{Name: d.Name, NeededBy: by.path, Kind: d.Kind}
	if len(d.Name) > muslName || d.Name == "" {
		return nil, nf
	}
	for _, p := range m.paths(by, d) {
		for _, dir := range splitAny(p.list, ":\n") {
			path := dir + "/" + d.Name
			if dir == "" || len(path) >= muslBuf {
				continue
			}
			f := m.file(m.absolute(path))
			if f.err == nil {
				return m.open(by, d, f, Library{Path: path, How: p.how, Where: firstOf(p.where, dir)})
			}
			nf.Searched = append(nf.Searched, Search{How: p.how, Dir: dir, Note: noteOf(f.err)})
			if endsMusl(f.err) {
				return nil, nf
			}
		}
	}
	return nil, nf
}

// endsMusl tells whether a failure to open ends the search (path_open).
func endsMusl(err error) bool {
	for _, errno := range []error{unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ENAMETOOLONG} {
		if errors.Is(err, errno) {
			return false
		}
	}
	return true
}

// A muslPath is a list of folders separated by colons or newlines.
type muslPath struct {
	how   How
	where string
	list  string
}

func (m *musl) paths(by *link, d Dep) []muslPath {
	var paths []muslPath
	if !m.secure {
		paths = append(paths, muslPath{HowLibraryPath, "", m.Env.LibraryPath})
	}
	if d.Kind != Preload {
		for l := by; l != nil; l = l.loader {
			paths = append(paths, m.runPath(l))
		}
	}
	return append(paths, m.system())
}

// runPath returns DT_RUNPATH, or DT_RPATH where that is missing, with $ORIGIN
// expanded. Another token voids it (fixup_rpath).
func (m *musl) runPath(l *link) muslPath {
	p := muslPath{how: HowRunpath, where: l.path}
	s := l.obj.Runpath
	if s == nil {
		p.how, s = HowRpath, l.obj.Rpath
	}
	if s == nil || m.secure && (l == m.main || !strings.HasPrefix(l.origin, "/")) && strings.Contains(*s, "$") {
		return p
	}
	p.list = expandMusl(*s, l.origin)
	return p
}

// expandMusl replaces $ORIGIN and ${ORIGIN}; any other use of '$' gives "".
func expandMusl(s, origin string) string {
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "$")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		b.WriteString(origin)
		if s, ok = strings.CutPrefix(after, "ORIGIN"); ok {
			continue
		}
		if s, ok = strings.CutPrefix(after, "{ORIGIN}"); !ok {
			return ""
		}
	}
}

// system returns the path file's list, or the built-in one where there is no
// such file. A file that cannot be read leaves nothing.
func (m *musl) system() muslPath {
	b, err := rootfs.ReadFile(m.Root, m.policy.PathFile, 1<<20)
	switch {
	case err == nil:
		return muslPath{HowDefault, m.policy.PathFile, cString(b)}
	case errors.Is(err, unix.ENOENT):
		return muslPath{HowDefault, "", strings.Join(m.policy.Dirs, ":")}
	}
	return muslPath{how: HowDefault}
}

// open maps a file that opened. Where it is no library musl reports that,
// searches no further and goes on with the next name.
func (m *musl) open(by *link, d Dep, f *file, lib Library) (*link, error) {
	notFound := func(reason string) error {
		at := Search{How: lib.How, Dir: lib.Path, Note: reason}
		return &NotFoundError{Name: d.Name, NeededBy: by.path, Kind: d.Kind, Searched: []Search{at}}
	}
	if f.err != nil {
		return nil, notFound(f.err.Error())
	}
	if f.id == m.rtld.id {
		return m.libc(by, d), nil
	}
	for _, l := range m.loaded[1:] {
		if l.id == f.id {
			if len(l.names) == 0 && lib.How != HowPath {
				l.names = []string{baseOf(l.path)}
			}
			return l, nil
		}
	}
	if reason := m.unloadable(f.node); reason != "" {
		return nil, notFound(reason)
	}
	if m.isLibcObject(f.obj, m.absolute(lib.Path)) {
		return m.libc(by, d), nil
	}
	l := &link{path: m.absolute(lib.Path), id: f.id, obj: f.obj, origin: dirOf(lib.Path)}
	if d.Kind != Preload {
		l.loader = by
	}
	if lib.How != HowPath {
		l.names = []string{d.Name}
	}
	m.loaded = append(m.loaded, l)
	lib.Name, lib.Path, lib.NeededBy, lib.Kind = d.Name, l.path, by.path, d.Kind
	m.note(l, lib)
	return l, nil
}

// isLibcObject tells whether o, the file at path, is a C library under another
// name, musl's or glibc's. musl tells it by two symbols that both define, and
// serves itself instead. Here the soname tells it, or those symbols' names in an
// object that needs nothing, which can but define them.
func (m *musl) isLibcObject(o *Object, path string) bool {
	if o.Soname != "" || len(o.Deps) > 0 {
		return strings.HasPrefix(o.Soname, "libc.so") || strings.HasPrefix(o.Soname, "libc.musl-")
	}
	b, err := rootfs.ReadFile(m.Root, path, loaderLimit)
	return err == nil && bytes.Contains(b, []byte("\x00__libc_start_main\x00")) && bytes.Contains(b, []byte("\x00stdin\x00"))
}

func baseOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// unloadable says why a file cannot be mapped, "" when it can. musl itself
// checks little; an object of another machine dies when it is relocated.
func (m *musl) unloadable(n *node) string {
	switch {
	case n.err != nil:
		return n.err.Error()
	case n.obj.Class != m.abi.class || n.obj.Data != m.abi.data || n.obj.Machine != m.abi.machine:
		return fmt.Sprintf("is for %v, %v", n.obj.Machine, n.obj.Class)
	case n.obj.Type != 2 && n.obj.Type != 3 || !n.obj.Dynamic:
		return "Exec format error: not a library"
	}
	return ""
}
