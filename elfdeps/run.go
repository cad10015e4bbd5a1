package elfdeps

import (
	"errors"
	"slices"
)

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
