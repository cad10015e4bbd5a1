// Package dlinfo asks a dynamic loader which files it maps for an executable.
//
// A helper, compiled for that loader into a private folder, is given the
// executable's search paths and the names that it needs. It opens a library that
// needs all of them, so that they are loaded breadth first as at the start of
// the executable, and asks with dlopen(3) and dlinfo(3) what each name led to.
// Where that library cannot be opened, because one of them wants a symbol of the
// executable or too much static TLS, it opens them one by one.
// [Asker.NoLoad] links the helper itself against the names instead: they are
// loaded when it starts, and it asks with RTLD_NOLOAD.
//
// Either way constructors of the libraries run. For names that could not be
// opened, and without a compiler, the loader is asked to list what it would map
// (LD_TRACE_LOADED_OBJECTS in ld.so(8), --list of musl's loader), which runs
// nothing.
package dlinfo

import (
	"context"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// An Asker asks loaders of this machine. It keeps what it compiled, so one
// serves many executables, from one goroutine.
type Asker struct {
	CC          string                 // the C compiler: a path or name, arguments may follow
	NoLoad      bool                   // link the helper against the names, ask with RTLD_NOLOAD
	Dir         func() (string, error) // makes a folder that nobody else can write to
	Cwd         string                 // working directory of the helper
	LibraryPath string                 // LD_LIBRARY_PATH

	kit map[abi]*kit
}

// A Question is about one executable.
type Question struct {
	Path     string // free of links
	Loader   string // its program interpreter
	Musl     bool   // that is musl's, else glibc's
	Machine  elf.Machine
	Class    elf.Class
	Needed   []string // DT_NEEDED
	Rpath    *string  // DT_RPATH, nil without the tag
	Runpath  *string  // DT_RUNPATH, likewise
	NoDefLib bool     // DF_1_NODEFLIB
}

// An Answer is what the loader says. Paths are absolute, their links not
// resolved.
type Answer struct {
	Found  map[string]string // the path that serves each name
	Mapped []string          // every file
	Own    []string          // those that the helper needs itself
	Failed map[string]string // what the loader says of names that it does not open
	Traced error             // why no helper asked, nil when one did
}

// A CompilerError reports that no helper could be made.
type CompilerError struct {
	CC     string
	Reason string
	Output string // what the compiler printed
}

func (e *CompilerError) Error() string {
	first, _, _ := strings.Cut(e.Output, "\n")
	if first != "" {
		first = ": " + first
	}
	return fmt.Sprintf("compile with %s: %s%s", e.CC, e.Reason, first)
}

// A RunError reports a helper that told nothing.
type RunError struct {
	Path   string // of the executable that it asked for
	Reason string
}

func (e *RunError) Error() string {
	return fmt.Sprintf("ask the loader about %s: %s", e.Path, e.Reason)
}

// Ask asks the loader about q. When no helper can be made or started, the
// answer is what the loader lists, and says why. An error is one of asking at all.
func (a *Asker) Ask(ctx context.Context, q Question) (*Answer, error) {
	answer, err := a.askHelper(ctx, q)
	if err == nil && len(answer.Failed) == 0 {
		return answer, nil
	}
	listed, traceErr := a.trace(ctx, q)
	switch {
	case traceErr != nil && err != nil:
		return nil, traceErr
	case traceErr != nil:
		return answer, nil
	case err != nil:
		listed.Traced = err
		return listed, nil
	}
	answer.add(listed)
	return answer, nil
}

// add completes what the helper could not open with what the loader lists.
func (a *Answer) add(listed *Answer) {
	for name := range a.Failed {
		if path, ok := listed.Found[name]; ok {
			a.Found[name] = path
		}
	}
	for _, path := range listed.Mapped {
		if !slices.Contains(a.Mapped, path) {
			a.Mapped = append(a.Mapped, path)
		}
	}
}

// names lists what the executable needs, tokens that are its own expanded.
func (q *Question) names() []string {
	var list []string
	for _, name := range q.Needed {
		if name := q.expand(name); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// expand replaces $ORIGIN, which would be the helper's.
func (q *Question) expand(s string) string {
	origin := q.Path[:max(1, strings.LastIndexByte(q.Path, '/'))]
	return strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(s)
}

// runPath returns the executable's search path and the tag that it has.
func (q *Question) runPath() (tag, path string) {
	switch {
	case q.Runpath != nil:
		return "--enable-new-dtags", q.expand(*q.Runpath)
	case q.Rpath != nil:
		return "--disable-new-dtags", q.expand(*q.Rpath)
	}
	return "", ""
}
