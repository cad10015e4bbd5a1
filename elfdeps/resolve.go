package elfdeps

import (
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// An Env holds the environment variables that the loader reads.
type Env struct {
	LibraryPath string // LD_LIBRARY_PATH
	Preload     string // LD_PRELOAD
}

// A Resolver finds the libraries of executables in one root directory. It
// remembers what it has read, so one Resolver serves any number of files of a
// root that does not change meanwhile, from one goroutine.
type Resolver struct {
	Root   rootfs.Tree
	Env    Env
	Cwd    string // for relative names; "" is "/"
	HWCaps bool   // name the builds of each library for later CPUs too
	Loader string // of files that name none, such as plugins; "" is the usual one of their machine, as for another machine's

	// Opens, where it is not nil, returns the names of libraries that the file
	// of that device and inode is known to open by itself. One that is not
	// found is no matter.
	Opens func(dev, ino uint64) []string

	files    map[string]*file
	nodes    map[fileID]*node
	policies map[string]policyResult
	caches   map[string]*cacheResult
}

type policyResult struct {
	*Policy
	err error
}

// A fileID is what tells whether two paths are one file.
type fileID struct{ dev, ino uint64 }

// A file is a path that was looked at.
type file struct {
	place rootfs.Place
	err   error // of the walk: a unix.Errno
	*node
}

// A node is a file's contents, shared by all its paths.
type node struct {
	id     fileID
	size   int64
	header *header
	obj    *Object // nil when err is set
	err    error
}

// A MachineError reports a machine whose loader this package does not know.
// It wraps [ErrNotSupported].
type MachineError struct {
	Path    string
	Machine elf.Machine
	Class   elf.Class
	Data    elf.Data
}

func (e *MachineError) Error() string {
	return fmt.Sprintf("resolve %s: loader rules for %v, %v, %v are not known", e.Path, e.Machine, e.Class, e.Data)
}

// Unwrap returns ErrNotSupported.
func (e *MachineError) Unwrap() error { return ErrNotSupported }

// Resolve returns what the loader maps for the executable or library at path,
// without running anything. Errors: [*fs.PathError] when path cannot be read,
// [*FormatError] (wrapped) when it is no ELF file, [*NotFoundError] when its
// program interpreter is missing, [*LoadError] when the search for a library
// ends at a file that cannot be loaded, [*MachineError] and others that wrap
// [ErrNotSupported]. Libraries that are nowhere are no error but in
// [Result.Missing].
func (r *Resolver) Resolve(path string) (*Result, error) {
	f := r.file(r.absolute(path))
	if f.err != nil {
		return nil, fmt.Errorf("resolve %s: %w", path, f.err)
	}
	if f.node.err != nil {
		return nil, fmt.Errorf("resolve %s: %w", path, f.node.err)
	}
	res := &Result{Path: path, Object: f.obj}
	if f.obj.Interp == "" && (!f.obj.Dynamic || f.obj.Pie() || len(f.obj.Deps) == 0) {
		return res, nil
	}
	run, err := r.start(res, f)
	if err != nil {
		return nil, err
	}
	return res, run.run()
}

// start finds the loader of f and sets up its emulation.
func (r *Resolver) start(res *Result, f *file) (*run, error) {
	a := abiOf(f.obj)
	if a == nil {
		return nil, &MachineError{res.Path, f.obj.Machine, f.obj.Class, f.obj.Data}
	}
	res.Loader = r.loaderOf(f.obj, a)
	lf, err := r.openLoader(res, a)
	if err != nil {
		return nil, err
	}
	policy, err := r.policy(res.Loader, a)
	if err != nil {
		return nil, err
	}
	res.Policy = policy
	run := &run{Resolver: r, res: res, abi: a, policy: policy, secure: setID(f.place.Stat)}
	run.main = &link{obj: f.obj, origin: dirOf(f.place.Path), path: res.Path, names: []string{""}}
	run.rtld = &link{obj: lf.obj, path: res.Loader, names: []string{res.Loader}, id: lf.id}
	return run, nil
}

// loaderOf returns the path of the interpreter that o names, or that files of
// its machine usually have.
func (r *Resolver) loaderOf(o *Object, a *abi) string {
	switch {
	case o.Interp != "":
		return o.Interp
	case r.Loader != "" && !r.foreign(r.Loader, a):
		return r.Loader
	}
	musl := "/lib/ld-musl-" + a.musl + ".so.1"
	for _, d := range o.Deps {
		if d.Name == "libc.so" || strings.HasPrefix(d.Name, "libc.musl-") {
			return musl
		}
	}
	if r.file(a.glibc).err != nil && r.file(musl).err == nil {
		return musl
	}
	return a.glibc
}

// foreign tells whether the loader at path is there, and for another machine.
func (r *Resolver) foreign(path string, a *abi) bool {
	f := r.file(r.absolute(path))
	return f.err == nil && f.node.err == nil && !a.runs(f)
}

// runs tells whether the loader f is for the machine.
func (a *abi) runs(f *file) bool {
	return f.obj.Class == a.class && f.obj.Data == a.data && a.sameMachine(f.header)
}

// openLoader checks that the interpreter is there and of the file's machine.
func (r *Resolver) openLoader(res *Result, a *abi) (*file, error) {
	path := r.absolute(res.Loader)
	f := r.file(path)
	switch {
	case f.err != nil:
		return nil, &NotFoundError{
			Name: res.Loader, NeededBy: res.Path, Kind: Interp,
			Searched: []Search{{How: HowInterp, Dir: res.Loader, Note: f.err.Error()}},
		}
	case f.node.err != nil:
		return nil, &LoadError{res.Loader, res.Path, f.node.err.Error()}
	case !a.runs(f):
		return nil, &LoadError{res.Loader, res.Path, "the interpreter is for another machine"}
	}
	return f, nil
}

func (r *Resolver) policy(loader string, a *abi) (*Policy, error) {
	if p, ok := r.policies[loader]; ok {
		return p.Policy, p.err
	}
	if r.policies == nil {
		r.policies = map[string]policyResult{}
	}
	p, err := readPolicy(r.Root, r.absolute(loader), a)
	r.policies[loader] = policyResult{p, err}
	return p, err
}

// setID tells whether executing the file changes the user or group, so that
// the loader runs in secure mode (AT_SECURE in getauxval(3)).
func setID(st unix.Stat_t) bool {
	return st.Mode&unix.S_ISUID != 0 || st.Mode&(unix.S_ISGID|unix.S_IXGRP) == unix.S_ISGID|unix.S_IXGRP
}

// absolute makes path absolute without changing its components.
func (r *Resolver) absolute(path string) string {
	if strings.HasPrefix(path, "/") {
		return path
	}
	return strings.TrimSuffix(r.Cwd, "/") + "/" + path
}

// file looks at an absolute path, once.
func (r *Resolver) file(path string) *file {
	if f, ok := r.files[path]; ok {
		return f
	}
	if r.files == nil {
		r.files, r.nodes = map[string]*file{}, map[fileID]*node{}
		r.Root = rootfs.Cached(r.Root)
	}
	f := &file{}
	f.place, f.err = rootfs.Stat(r.Root, path)
	f.place.Steps = nil
	if f.err == nil {
		f.node, f.err = r.node(f.place)
	}
	f.err = errnoOf(f.err)
	r.files[path] = f
	return f
}

// errnoOf unwraps what a walk or an open failed with.
func errnoOf(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

// node reads the file at place. The error is that of opening it; what is wrong
// with its contents is in the node.
func (r *Resolver) node(place rootfs.Place) (*node, error) {
	id := fileID{place.Stat.Dev, place.Stat.Ino}
	if n, ok := r.nodes[id]; ok {
		return n, nil
	}
	n := &node{id: id, size: place.Stat.Size}
	if err := r.read(n, place); err != nil {
		return nil, err
	}
	r.nodes[id] = n
	return n, nil
}

func (r *Resolver) read(n *node, place rootfs.Place) error {
	n.header = &header{}
	if place.Stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		n.err = unix.EISDIR
		return nil
	}
	if place.Stat.Mode&unix.S_IFMT != unix.S_IFREG {
		n.err = &fs.PathError{Op: "read", Path: place.Path, Err: errors.New("not a regular file")}
		return nil
	}
	f, err := r.Root.Open(place.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	m := newImage(f, place.Stat.Size)
	n.header, n.err = readHeader(m)
	if n.err == nil {
		n.err = n.header.check()
	}
	if n.err == nil {
		n.obj, n.err = readObject(m, n.header)
	}
	return nil
}

// dirOf returns the folder part of a path as it is written.
func dirOf(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i <= 0 {
		return "/"[:i+1]
	}
	return path[:i]
}

// A link is one object that is mapped: glibc's link_map, musl's dso.
type link struct {
	path    string   // as the loader opened it
	names   []string // by which it satisfies later requests
	id      fileID   // zero for the executable and the loader
	obj     *Object
	loader  *link  // who asked for it first
	origin  string // $ORIGIN
	listed  bool
	rpath   *searchPath
	runpath *searchPath
}

// A searchPath is an expanded DT_RPATH or DT_RUNPATH.
type searchPath struct{ dirs []string }

// A run is one start of an executable, as its loader goes about it.
type run struct {
	*Resolver
	res    *Result
	abi    *abi
	policy *Policy
	secure bool // LD_* is ignored
	main   *link
	rtld   *link
	loaded []*link // in the order of loading, main first
	list   []*link // breadth first, as the loader sorts it
	libs   map[*link]*Library
	env    *searchPath
	linker
}

// A linker is one C library's way of finding what an object asks for.
type linker interface {
	// preload returns what is mapped before the executable's own needs.
	preload() []Dep
	// load finds or maps d for the object by. Errors are *NotFoundError and
	// *LoadError.
	load(by *link, d Dep) (*link, error)
}

func (r *run) run() error {
	r.libs = map[*link]*Library{}
	r.loaded = []*link{r.main}
	if r.policy.Libc == Musl {
		r.linker = &musl{r}
	} else {
		r.linker = &glibc{r}
		// What the kernel mapped has no inode that later files are compared with.
		r.rtld.id = fileID{}
		r.loaded = append(r.loaded, r.rtld, &link{obj: &Object{Soname: r.abi.vdsoName()}})
	}
	r.append(r.main)
	r.preloads()
	if err := r.closure(0); err != nil {
		return err
	}
	r.collect(&r.res.Libraries, 1)
	if r.libs[r.rtld] == nil {
		r.res.Libraries = append(r.res.Libraries, r.interp())
	}
	r.checkVersions()
	r.dlopened()
	return nil
}

// preloads maps what is preloaded. Both loaders go on without what cannot be.
func (r *run) preloads() {
	for _, d := range r.preload() {
		l, err := r.load(r.main, d)
		if err == nil {
			r.append(l)
		} else {
			r.res.Ignored = append(r.res.Ignored, err)
		}
	}
}

// interp describes the loader itself.
func (r *run) interp() Library {
	return Library{Name: r.res.Loader, Path: r.absolute(r.res.Loader), NeededBy: r.res.Path, Kind: Interp, How: HowInterp, Object: r.rtld.obj}
}

// append lists l unless it is.
func (r *run) append(l *link) {
	if !l.listed {
		l.listed = true
		r.list = append(r.list, l)
	}
}

// closure maps what the listed objects from i on ask for, breadth first, as
// _dl_map_object_deps in glibc's dl-deps.c does. An auxiliary or filter object
// is put before the one that names it and comes next.
func (r *run) closure(i int) error {
	done := map[*link]bool{}
	for i < len(r.list) {
		l := r.list[i]
		if done[l] {
			i++
			continue
		}
		done[l] = true
		if err := r.dependencies(l, i); err != nil {
			return err
		}
	}
	return nil
}

// dependencies maps what l, at place i of the list, asks for.
func (r *run) dependencies(l *link, i int) error {
	for _, d := range l.obj.Deps {
		dep, err := r.load(l, d)
		switch {
		case err != nil && d.Kind == Auxiliary:
		case err != nil:
			if err := r.missing(err); err != nil {
				return err
			}
		case d.Kind == Needed || dep == nil:
			if dep != nil {
				r.append(dep)
			}
		default:
			i = r.insert(dep, i)
		}
	}
	return nil
}

// insert puts an auxiliary or filter object at place i of the list, unless it
// stands before that, and returns the place of the object that named it.
func (r *run) insert(l *link, i int) int {
	at := slices.Index(r.list, l)
	if at >= 0 && at <= i {
		return i
	}
	if at > i {
		r.list = slices.Delete(r.list, at, at+1)
	}
	l.listed = true
	r.list = slices.Insert(r.list, i, l)
	return i + 1
}

// missing notes a library that is nowhere. Other errors end the run.
func (r *run) missing(err error) error {
	var nf *NotFoundError
	if !errors.As(err, &nf) {
		return err
	}
	if !slices.ContainsFunc(r.res.Missing, func(m *NotFoundError) bool { return m.Name == nf.Name }) {
		r.res.Missing = append(r.res.Missing, nf)
	}
	return nil
}

// collect appends the libraries listed from i on to libs.
func (r *run) collect(libs *[]Library, i int) {
	for _, l := range r.list[i:] {
		if lib := r.libs[l]; lib != nil {
			*libs = append(*libs, *lib)
		}
	}
}

// note keeps how l was found, the first time.
func (r *run) note(l *link, lib Library) {
	if r.libs[l] == nil {
		lib.Object = l.obj
		r.libs[l] = &lib
	}
}
