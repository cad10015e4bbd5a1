package elfdeps

import (
	"debug/elf"
	"fmt"
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
