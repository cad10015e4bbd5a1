package elfdeps

import (
	"debug/elf"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/elfdeps/ldcache"
	"magicpak/rootfs"
)

// A glibc is the search of glibc's loader (elf/dl-load.c).
type glibc struct{ *run }

const preloadFile = "/etc/ld.so.preload"

// preload lists what LD_PRELOAD and /etc/ld.so.preload name. In secure mode
// LD_PRELOAD may name no paths.
func (g *glibc) preload() []Dep {
	var deps []Dep
	for _, name := range splitAny(g.Env.Preload, " :") {
		if name != "" && !(g.secure && strings.Contains(name, "/")) {
			deps = append(deps, Dep{Preload, name})
		}
	}
	b, err := rootfs.ReadFile(g.Root, preloadFile, 1<<20)
	if err != nil {
		return deps
	}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		for _, name := range splitAny(strings.TrimSuffix(line, "\n"), ": \t") {
			if name != "" {
				deps = append(deps, Dep{Preload, name})
			}
		}
	}
	return deps
}

// load is _dl_map_object: what is loaded already serves, else the name is
// searched for.
func (g *glibc) load(by *link, d Dep) (*link, error) {
	if d.Kind.tagged() && hasToken(d.Name) {
		if g.secure {
			return nil, &LoadError{d.Name, by.path, "DST not allowed in SUID/SGID programs"}
		}
		names := g.expand(by, d.Name)
		if len(names) == 0 {
			return nil, nil // expand_dst in dl-deps.c goes on to the next entry
		}
		d.Name = g.firstThere(names)
	}
	for _, l := range g.loaded {
		if l.answers(d.Name) {
			return l, nil
		}
	}
	s := &search{glibc: g, Dep: d, by: by, suid: g.secure && d.Kind == Preload}
	return s.run()
}

// firstThere returns the first of several paths at which there is a file, else
// the first.
func (g *glibc) firstThere(paths []string) string {
	for _, p := range paths {
		if g.file(g.absolute(p)).err == nil {
			return p
		}
	}
	return paths[0]
}

// answers tells whether name is one by which l is known: its path, a name by
// which it was asked for, or its soname.
func (l *link) answers(name string) bool {
	return slices.Contains(l.names, name) || l.obj.Soname == name && name != ""
}

// A search is the search for one name.
type search struct {
	*glibc
	Dep
	by       *link
	suid     bool     // only files with the set-user-ID bit
	variants bool     // look for builds for later CPUs, and only for them
	log      []Search // where it was
	found    *file
	path     string // of found, as the loader writes it
	how      How
	where    string
}

func (s *search) run() (*link, error) {
	if err := s.find(); err != nil {
		return nil, err
	}
	if s.found == nil {
		return nil, &NotFoundError{Name: s.Name, NeededBy: s.by.path, Kind: s.Kind, Searched: s.log}
	}
	l, err := s.enter()
	if err == nil && s.HWCaps && s.how != HowPath {
		s.addVariants(l)
	}
	return l, err
}

// find searches for a name without a slash, and opens another one, in which
// tokens that are there still (LD_PRELOAD may hold them) are expanded.
func (s *search) find() error {
	if !strings.Contains(s.Name, "/") {
		return s.everywhere()
	}
	paths := s.expand(s.by, s.Name)
	if len(paths) == 0 {
		return nil
	}
	return s.try(s.firstThere(paths), HowPath, "")
}

// everywhere searches for the build that runs on every CPU, and only where
// there is none for others, the least demanding first.
func (s *search) everywhere() error {
	if err := s.stages(); err != nil || s.found != nil {
		return err
	}
	log := s.log
	s.variants = true
	err := s.stages()
	s.variants, s.log = false, log
	return err
}

// stages goes through the places where a name without a slash is looked for,
// in the loader's order, until one has it.
func (s *search) stages() error {
	for _, stage := range []func() error{s.rpaths, s.libraryPath, s.runpath, s.cache, s.defaults} {
		if err := stage(); err != nil || s.found != nil {
			return err
		}
	}
	return nil
}

// rpaths searches DT_RPATH of the requester and of those who loaded it, up to
// the executable. A DT_RUNPATH of the requester voids them all, one of another
// object only that object's own.
func (s *search) rpaths() error {
	if s.by.obj.Runpath != nil {
		return nil
	}
	didMain := false
	for l := s.by; l != nil; l = l.loader {
		didMain = didMain || l == s.main
		if err := s.dirs(s.rpathOf(l), HowRpath, l.path); err != nil || s.found != nil {
			return err
		}
	}
	if didMain {
		return nil
	}
	return s.dirs(s.rpathOf(s.main), HowRpath, s.main.path)
}

func (g *glibc) rpathOf(l *link) []string {
	if l.rpath == nil {
		l.rpath = &searchPath{}
		if l.obj.Rpath != nil && l.obj.Runpath == nil && *l.obj.Rpath != "" {
			l.rpath = g.decompose(l, *l.obj.Rpath, ":")
		}
	}
	return l.rpath.dirs
}

func (s *search) libraryPath() error {
	if s.env == nil {
		s.env = &searchPath{}
		if s.Env.LibraryPath != "" && !s.secure {
			s.env = s.decompose(s.main, s.Env.LibraryPath, ":;")
		}
	}
	return s.dirs(s.env.dirs, HowLibraryPath, "")
}

func (s *search) runpath() error {
	l := s.by
	if l.runpath == nil {
		l.runpath = &searchPath{}
		if l.obj.Runpath != nil && *l.obj.Runpath != "" {
			l.runpath = s.decompose(l, *l.obj.Runpath, ":")
		}
	}
	return s.dirs(l.runpath.dirs, HowRunpath, l.path)
}

func (s *search) defaults() error {
	if s.noDefaultLib() {
		return nil
	}
	return s.dirs(s.policy.Dirs, HowDefault, "")
}

// noDefaultLib tells whether the requester forbids the default folders.
func (s *search) noDefaultLib() bool { return s.by.obj.Flags1&flagNoDefLib != 0 }

// dirs is open_path: it looks into each folder and those of its subfolders
// that the search is for. by is the object whose search path this is.
func (s *search) dirs(dirs []string, how How, by string) error {
	for _, dir := range dirs {
		stop, err := s.dir(dir, how, by)
		if err != nil || s.found != nil || stop {
			return err
		}
	}
	return nil
}

// dir looks into one folder. A failure to open that is none of the common ones
// in a folder that exists makes the loader give up this list of folders.
func (s *search) dir(dir string, how How, by string) (stop bool, err error) {
	var note error
	for _, sub := range s.subfolders() {
		note, err = s.attempt(dir+sub+s.Name, how, firstOf(by, dir))
		if err != nil || s.found != nil {
			return false, err
		}
	}
	if s.variants {
		return false, nil
	}
	s.log = append(s.log, Search{How: how, Dir: shownDir(dir), Note: noteOf(note)})
	return s.gaveUp(note) && (!strings.HasPrefix(dir, "/") || s.isDir(dir)), nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// shownDir returns a search folder for people.
func shownDir(dir string) string {
	switch dir {
	case "":
		return "."
	case "/":
		return dir
	}
	return strings.TrimSuffix(dir, "/")
}

// noteOf words why a file was passed over; that it is not there goes without saying.
func noteOf(err error) string {
	if err == nil || errors.Is(err, unix.ENOENT) {
		return ""
	}
	return err.Error()
}

// gaveUp tells whether open_path ends at the failure err. ENOTDIR joined
// the harmless ones in 2.39.
func (s *search) gaveUp(err error) bool {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case unix.ENOENT, unix.EACCES:
		return false
	case unix.ENOTDIR:
		return s.policy.Version.Before(2, 39)
	}
	return true
}

func (s *search) isDir(dir string) bool {
	p, err := rootfs.Stat(s.Root, dir)
	return err == nil && p.Stat.Mode&unix.S_IFMT == unix.S_IFDIR
}

// subfolders lists where in a folder the search looks: for the baseline in
// those that every CPU has and then in the folder itself, for variants from the
// least demanding to the most.
func (s *search) subfolders() []string {
	if !s.variants {
		return append(slices.Clip(s.policy.Legacy), "")
	}
	var list []string
	for _, name := range slices.Backward(s.policy.HWCaps) {
		list = append(list, "glibc-hwcaps/"+name+"/")
	}
	return append(list, s.policy.Optional...)
}

// try opens one path and keeps it when the loader would.
func (s *search) try(path string, how How, where string) error {
	note, err := s.attempt(path, how, where)
	if err == nil && s.found == nil {
		s.log = append(s.log, Search{How: how, Dir: path, Note: noteOf(note)})
	}
	return err
}

// errSkipped are the reasons for which the loader passes over a file.
var (
	errClass   = errors.New("wrong ELF class")
	errMachine = errors.New("for another machine")
	errNotSUID = errors.New("not set-user-ID")
)

// attempt is open_verify: note says why a path was passed over, err that the
// loader gives up at it.
func (s *search) attempt(path string, how How, where string) (note, err error) {
	f := s.file(s.absolute(path))
	if f.err != nil {
		return f.err, nil
	}
	reason, note := s.abi.verify(f.node)
	if reason != "" {
		return nil, &LoadError{s.absolute(path), s.by.path, reason}
	}
	if note == nil && s.suid && how != HowPath && f.place.Stat.Mode&unix.S_ISUID == 0 {
		note = errNotSUID
	}
	if note == nil {
		s.found, s.path, s.how, s.where = f, path, how, where
	}
	return note, nil
}

// cacheResult is a parsed cache, nil where there is none.
type cacheResult struct {
	*ldcache.Cache
	flags uint32
}

// The HWCap bits of entries that stand for folders of before glibc 2.37 which
// every CPU has: "tls" (_DL_HWCAP_TLS_MASK) and, on x86-64, "x86_64".
const (
	hwcapTLS    = 1 << 63
	hwcapX86_64 = 1 << 1
	hwcapNamed  = 1 << 62 // a folder of glibc-hwcaps that the cache fails to name
)

// cacheLimit bounds the cache that is read; a large system's has 300 KB.
const cacheLimit = 64 << 20

// cacheFile reads the loader's cache, once. One that cannot be read is none,
// as to the loader.
func (g *glibc) cacheFile() *cacheResult {
	if c, ok := g.caches[g.res.Loader]; ok {
		return c
	}
	if g.caches == nil {
		g.caches = map[string]*cacheResult{}
	}
	c := &cacheResult{}
	g.caches[g.res.Loader] = c
	flags, known := ldcache.Flags(g.abi.machine, g.abi.class, g.main.obj.Flags)
	if g.policy.Cache == "" || !known {
		return c
	}
	if b, err := rootfs.ReadFile(g.Root, g.policy.Cache, cacheLimit); err == nil {
		c.Cache, _ = ldcache.Parse(b, g.main.obj.ByteOrder())
		c.flags = flags
	}
	return c
}

// cache asks ld.so.cache. The one path that it gives either opens or the
// search goes on.
func (s *search) cache() error {
	c := s.cacheFile()
	if c.Cache == nil || s.suid {
		return nil
	}
	e, ok := s.pick(c.Lookup(s.Name, c.flags))
	if !ok || s.noDefaultLib() && s.inDefault(e.Path) {
		s.logCache("")
		return nil
	}
	note, err := s.attempt(e.Path, HowCache, s.policy.Cache)
	if err == nil && s.found == nil {
		s.logCache(e.Path + ": " + note.Error())
	}
	return err
}

func (s *search) logCache(note string) {
	if !s.variants {
		s.log = append(s.log, Search{How: HowCache, Dir: s.policy.Cache, Note: note})
	}
}

// pick takes the entry for every CPU, or for variants the last one for others.
func (s *search) pick(entries []ldcache.Entry) (ldcache.Entry, bool) {
	var last ldcache.Entry
	ok := false
	for _, e := range entries {
		variant, known := s.variantEntry(e)
		if known && variant == s.variants {
			if last, ok = e, true; !variant {
				break
			}
		}
	}
	return last, ok
}

// variantEntry tells whether e is for certain CPUs only, and whether this
// loader takes it at all: it knows its own folders of glibc-hwcaps, and since
// 2.37 no others.
func (s *search) variantEntry(e ldcache.Entry) (variant, known bool) {
	switch {
	case !e.Variant():
		return false, true
	case e.Subdir != "":
		return true, slices.Contains(s.policy.HWCaps, e.Subdir)
	}
	baseline := uint64(hwcapTLS)
	if s.abi.machine == elf.EM_X86_64 {
		baseline |= hwcapX86_64
	}
	return e.HWCap&^baseline != 0, s.policy.Version.Before(2, 37) && e.HWCap&hwcapNamed == 0
}

// inDefault tells whether path begins with a default folder.
func (s *search) inDefault(path string) bool {
	return slices.ContainsFunc(s.policy.Dirs, func(d string) bool { return strings.HasPrefix(path, d) })
}

// enter is _dl_map_object_from_fd: a file that is mapped already serves under
// the new name too, another one must be a library.
func (s *search) enter() (*link, error) {
	for _, l := range s.loaded {
		if l.id == s.found.id {
			l.names = append(l.names, s.Name)
			return l, nil
		}
	}
	if reason := unloadable(s.found.node); reason != "" {
		return nil, &LoadError{s.absolute(s.path), s.by.path, reason}
	}
	l := &link{path: s.absolute(s.path), names: []string{s.path, s.Name}, id: s.found.id, obj: s.found.obj, loader: s.by}
	l.origin = dirOf(l.path)
	s.loaded = append(s.loaded, l)
	s.note(l, Library{Name: s.Name, Path: l.path, NeededBy: s.by.path, Kind: s.Kind, How: s.how, Where: shownDir(s.where)})
	return l, nil
}

// addVariants names the builds of l's library for later CPUs that stand in the
// folders searched before and with it.
func (s *search) addVariants(l *link) {
	v := &search{glibc: s.glibc, Dep: s.Dep, by: s.by, variants: true}
	dirs := []string{dirOf(s.path) + "/"}
	for _, at := range s.log {
		if at.How != HowCache {
			dirs = append(dirs, slashed(at.Dir))
		}
	}
	lib := s.libs[l]
	for _, dir := range dirs {
		for _, sub := range v.subfolders() {
			v.found = nil
			if _, err := v.attempt(dir+sub+s.Name, s.how, ""); err == nil && v.found != nil && v.found.id != l.id {
				lib.Variants = append(lib.Variants, s.absolute(v.path))
			}
		}
	}
}
