package elfdeps

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

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
