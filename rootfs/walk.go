package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// maxLinks is how many symbolic links the kernel follows in one walk
// (MAXSYMLINKS in include/linux/namei.h).
const maxLinks = 40

// A Step is a directory or symbolic link that a walk passed through.
type Step struct {
	Path   string // walked, absolute
	Stat   unix.Stat_t
	Target string // the text of the link, "" for a directory
}

// A Place is where a walk ended.
type Place struct {
	Path  string      // absolute, free of links, "." and ".."
	Stat  unix.Stat_t // of what is there
	Steps []Step      // the directories and links on the way in order, each once
}

// A LoopError reports a walk that met more links than the kernel follows.
// It unwraps to ELOOP.
type LoopError struct {
	Path  string
	Chain []string // the links in the order in which they were followed
}

func (e *LoopError) Error() string {
	const most = 8
	chain, more := e.Chain, ""
	if i := indexFrom(chain, 1, chain[0]); i > 0 {
		chain = chain[:i+1]
	}
	if len(chain) > most {
		chain, more = chain[:most], " -> ..."
	}
	return fmt.Sprintf("walk %s: too many symbolic links: %s%s", e.Path, strings.Join(chain, " -> "), more)
}

// Unwrap returns ELOOP.
func (e *LoopError) Unwrap() error { return unix.ELOOP }

// indexFrom returns where s stands in list at or after from, or -1.
func indexFrom(list []string, from int, s string) int {
	for i := from; i < len(list); i++ {
		if list[i] == s {
			return i
		}
	}
	return -1
}

// Stat walks p and follows a link at its end. A relative p starts at the root.
func Stat(t Tree, p string) (Place, error) { return walk(t, p, true) }

// Lstat walks p and does not follow a link at its end, unless a slash follows
// it. A relative p starts at the root.
func Lstat(t Tree, p string) (Place, error) { return walk(t, p, false) }

// Open walks p, following links, and opens what is there.
func Open(t Tree, p string) (File, Place, error) {
	place, err := Stat(t, p)
	if err != nil {
		return nil, place, err
	}
	f, err := t.Open(place.Path)
	return f, place, err
}

// ReadFile returns the regular file that p leads to, limit bytes of it at most.
func ReadFile(t Tree, p string, limit int64) ([]byte, error) {
	f, place, err := Open(t, p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if place.Stat.Mode&unix.S_IFMT != unix.S_IFREG {
		return nil, &fs.PathError{Op: "read", Path: p, Err: unix.EINVAL}
	}
	return io.ReadAll(io.NewSectionReader(f, 0, limit))
}

// A walker is one walk under way.
type walker struct {
	tree   Tree
	asked  string   // the path as it was given
	rest   []string // components to walk, the next one first
	follow bool     // a link at the end
	links  []string // those followed so far
	Place
}

func walk(t Tree, p string, follow bool) (Place, error) {
	w := &walker{tree: t, asked: p, follow: follow}
	switch {
	case p == "":
		return w.Place, w.fail(unix.ENOENT)
	case len(p) >= unix.PathMax:
		return w.Place, w.fail(unix.ENAMETOOLONG)
	case strings.IndexByte(p, 0) >= 0:
		return w.Place, w.fail(unix.EINVAL)
	}
	w.rest = components(p)
	err := w.run()
	return w.Place, err
}

// components splits p at its slashes. A slash at the end stays visible as a
// last component ".", which demands a directory there, as it does in the kernel.
func components(p string) []string {
	var list []string
	for c := range strings.SplitSeq(p, "/") {
		if c != "" {
			list = append(list, c)
		}
	}
	if strings.HasSuffix(p, "/") && len(list) > 0 {
		list = append(list, ".")
	}
	return list
}

func (w *walker) run() error {
	if err := w.enter("/"); err != nil {
		return err
	}
	for len(w.rest) > 0 {
		name := w.rest[0]
		w.rest = w.rest[1:]
		if err := w.step(name); err != nil {
			return err
		}
	}
	return nil
}

// step walks one component.
func (w *walker) step(name string) error {
	if w.Stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return w.fail(unix.ENOTDIR)
	}
	w.pass(Step{Path: w.Path, Stat: w.Stat})
	switch name {
	case ".":
		return nil
	case "..":
		return w.enter(path.Dir(w.Path))
	}
	from := w.Place
	if err := w.enter(join(w.Path, name)); err != nil {
		return err
	}
	if w.Stat.Mode&unix.S_IFMT == unix.S_IFLNK && (w.follow || len(w.rest) > 0) {
		return w.jump(from)
	}
	return nil
}

// enter goes to p, whose parent is walked.
func (w *walker) enter(p string) error {
	st, err := w.tree.Lstat(p)
	if err != nil {
		return w.fail(err)
	}
	w.Path, w.Stat = p, st
	return nil
}

// jump follows the link where the walk stands, which lies in the directory from.
func (w *walker) jump(from Place) error {
	w.links = append(w.links, w.Path)
	if len(w.links) > maxLinks {
		return &LoopError{Path: w.asked, Chain: w.links}
	}
	target, err := w.tree.Readlink(w.Path)
	if err != nil {
		return w.fail(err)
	}
	if target == "" {
		return w.fail(unix.ENOENT)
	}
	w.pass(Step{Path: w.Path, Stat: w.Stat, Target: target})
	w.rest = append(components(target), w.rest...)
	if target[0] == '/' {
		return w.enter("/")
	}
	w.Path, w.Stat = from.Path, from.Stat
	return nil
}

// pass notes a step, once.
func (w *walker) pass(s Step) {
	for i := len(w.Steps) - 1; i >= 0; i-- {
		if w.Steps[i].Path == s.Path {
			return
		}
	}
	w.Steps = append(w.Steps, s)
}

// fail names the path that was asked for and keeps the cause.
func (w *walker) fail(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return &fs.PathError{Op: "walk", Path: w.asked, Err: err}
}

// join appends a name to a walked directory.
func join(dir, name string) string {
	if dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}
