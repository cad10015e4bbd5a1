package elfdeps

import (
	"fmt"
	"strings"
)

// A How says by which rule of the loader a library was found.
type How uint8

// The rules in the order in which glibc's loader applies them (ld.so(8)).
const (
	HowPath        How = iota + 1 // the name holds a slash and is a path
	HowRpath                      // DT_RPATH of the requester or of a loader of it
	HowLibraryPath                // LD_LIBRARY_PATH
	HowRunpath                    // DT_RUNPATH of the requester
	HowCache                      // /etc/ld.so.cache
	HowDefault                    // the loader's own folders, or musl's path file
	HowInterp                     // PT_INTERP
	HowAsked                      // the loader itself said so
)

var howNames = [...]string{"", "path", "rpath", "LD_LIBRARY_PATH", "runpath", "cache", "default folder", "interpreter", "the loader's answer"}

func (h How) String() string { return howNames[h] }

// A Kind says what asks for a library.
type Kind uint8

// What can ask for a library.
const (
	Needed    Kind = iota + 1 // DT_NEEDED
	Preload                   // LD_PRELOAD or /etc/ld.so.preload
	Auxiliary                 // DT_AUXILIARY: may be missing
	Filter                    // DT_FILTER
	Interp                    // PT_INTERP
	Dlopen                    // an ELF note of libraries that the object opens itself
	Opened                    // Resolver.Opens
	Audit                     // DT_AUDIT or DT_DEPAUDIT of the executable
)

var kindNames = [...]string{"", "needed", "preload", "auxiliary", "filter", "interpreter", "dlopen", "opened", "audit"}

func (k Kind) String() string { return kindNames[k] }

// tagged tells whether k is an entry of a dynamic section.
func (k Kind) tagged() bool { return k == Needed || k == Auxiliary || k == Filter }

// A Library is one shared object that the loader maps for an executable.
type Library struct {
	Name     string // as it was asked for: a soname, or a path
	Path     string // at which the loader opens it, its links not resolved
	NeededBy string // Path of the object that asked first
	Kind     Kind   // how it asked
	How      How
	Where    string // the folder or cache that it was found in, or whose DT_RPATH
	Object   *Object
	Variants []string // paths of builds of it for later CPUs, with Resolver.HWCaps
}

// A Result is what the loader maps for one file.
type Result struct {
	Path      string // of the file, as it was given
	Object    *Object
	Loader    string // path of the program interpreter, "" when there is none
	Policy    *Policy
	Libraries []Library        // in the order of loading, the loader included, the file itself not
	Missing   []*NotFoundError // what was found nowhere
	Versions  []*VersionError  // symbol versions that no library defines
	Ignored   []error          // why something was not preloaded; the loader goes on without

	// From ELF notes about libraries that objects open by themselves, from the
	// executable's DT_AUDIT and from Resolver.Opens: what was found of the required and recommended ones with
	// what it needs in turn. From notes alone: those of which nothing was found,
	// and those merely suggested.
	Dlopened  []Library
	Unmet     []DlopenCandidate
	Suggested []DlopenCandidate
}

// Closed tells whether the loader would start the file.
func (r *Result) Closed() bool { return len(r.Missing) == 0 && len(r.Versions) == 0 }

// A Search is one place where a library was looked for.
type Search struct {
	How  How
	Dir  string // a folder, or the cache's path
	Note string // why a file that is there was passed over, else ""
}

// A NotFoundError reports a library, or an interpreter, that is nowhere where
// the loader looks.
type NotFoundError struct {
	Name     string
	NeededBy string
	Kind     Kind
	Searched []Search // in order
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "find %s, %s by %s: not found", e.Name, asked(e.Kind), e.NeededBy)
	for i, s := range e.Searched {
		if i == 0 {
			b.WriteString("; searched ")
		} else {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%s)", s.Dir, s.How)
		if s.Note != "" {
			fmt.Fprintf(&b, ": %s", s.Note)
		}
	}
	return b.String()
}

// asked words how something was asked for.
func asked(k Kind) string {
	if k == Needed {
		return "needed"
	}
	return k.String() + " wanted"
}

// A VersionError reports a symbol version that a library lacks.
type VersionError struct {
	Version  string // for example GLIBC_2.38
	Library  string // the path of the library that lacks it
	NeededBy string
}

func (e *VersionError) Error() string {
	return fmt.Sprintf("version %s, needed by %s: not defined in %s", e.Version, e.NeededBy, e.Library)
}

// A LoadError reports a file at which the loader's search ends with a failure:
// it stands where the library is looked for, and cannot be loaded.
type LoadError struct {
	Path     string
	NeededBy string
	Reason   string // in the loader's words
}

func (e *LoadError) Error() string {
	return fmt.Sprintf("load %s, needed by %s: %s", e.Path, e.NeededBy, e.Reason)
}
