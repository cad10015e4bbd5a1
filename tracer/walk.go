package tracer

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A walk is one look-up of a name as the kernel makes it for a tracee
// (path_resolution(7)). Package rootfs walks inside a directory from its root;
// a tracee also starts at its working directory or a descriptor, may stand
// outside of its root, and passes through the magic links of /proc.
type walk struct {
	r    *recorder
	t    *task
	root *node // where absolute links start, and beyond which ".." does not lead
	at   *node // where the walk stands
	rest string

	follow  bool   // a link at the end
	resolve uint64 // RESOLVE_* of openat2(2)
	floor   *node  // RESOLVE_BENEATH: the directory that must not be left

	links   []*node     // as in Access
	jumps   int         // links that were followed
	entered *node       // the directory that the last component led into, nil where that was none by name
	slash   bool        // a slash follows the last component
	end     bool        // the walk stands at its end
	unsure  bool        // passed a name that is being changed
	virtual bool        // ended at what has no path: a pipe, a removed file
	object  unix.Stat_t // of that
}

// maxLinks is how many symbolic links the kernel follows in one walk
// (MAXSYMLINKS in include/linux/namei.h).
const maxLinks = 40

// run walks path. Where it fails, the walk stands at the name that failed.
func (w *walk) run(path string) unix.Errno {
	switch {
	case path == "":
		return unix.ENOENT
	case len(path) >= unix.PathMax:
		return unix.ENAMETOOLONG
	}
	w.rest = path
	if path[0] == '/' {
		if w.resolve&unix.RESOLVE_BENEATH != 0 {
			return unix.EXDEV
		}
		w.at = w.root
	}
	errno := w.stat()
	for errno == unix.ENOENT && strings.HasPrefix(w.rest+"/", "../") {
		// A directory that was removed still has a parent.
		_, w.end = w.next()
		errno = w.up()
	}
	if errno != 0 {
		return errno
	}
	for !w.end {
		if errno := w.step(); errno != 0 {
			return errno
		}
	}
	return 0
}

func (w *walk) names() *names { return w.t.names }

// stat looks at where the walk stands.
func (w *walk) stat() unix.Errno {
	w.unsure = w.unsure || w.at.pending > 0
	return w.r.stat(w.names(), w.at)
}

// next takes a component from the rest.
func (w *walk) next() (name string, last bool) {
	w.rest = strings.TrimLeft(w.rest, "/")
	name, rest, _ := strings.Cut(w.rest, "/")
	trimmed := strings.TrimLeft(rest, "/")
	w.slash = trimmed == "" && len(w.rest) > len(name)
	w.rest = trimmed
	return name, trimmed == ""
}

// step walks one component.
func (w *walk) step() unix.Errno {
	name, last := w.next()
	w.end = last
	switch {
	case name == "": // the path was made of slashes, or a link led to "/"
		return 0
	case !w.at.is(unix.S_IFDIR):
		return unix.ENOTDIR
	case name == ".":
		return 0
	case name == "..":
		return w.up()
	case len(name) > unix.NAME_MAX:
		return unix.ENAMETOOLONG
	}
	slash := w.slash
	dir := w.at
	w.at = dir.child(name)
	if errno := w.stat(); errno != 0 {
		return errno
	}
	w.entered = w.at
	if w.at.is(unix.S_IFLNK) && (!last || w.follow || slash) {
		return w.jump(dir, slash)
	}
	if slash && !w.at.is(unix.S_IFDIR) {
		return unix.ENOTDIR
	}
	return 0
}

// up walks "..". The directory that this leaves must be there as much as a link
// on the way, though it does not lie above where the walk ends.
func (w *walk) up() unix.Errno {
	if w.at == w.floor {
		return unix.EXDEV
	}
	if w.entered == w.at {
		w.links = append(w.links, w.at)
	}
	w.entered = nil
	if w.at != w.root {
		w.at = w.at.parent
	}
	return w.stat()
}

// jump follows the link where the walk stands, which lies in dir.
func (w *walk) jump(dir *node, slash bool) unix.Errno {
	link := w.at
	w.entered = nil
	w.links = append(w.links, link)
	w.jumps++
	if w.jumps > maxLinks || w.resolve&unix.RESOLVE_NO_SYMLINKS != 0 {
		return unix.ELOOP
	}
	if w.r.isProc(w.names(), link) {
		if target := w.own(link); target != "" {
			return w.goOn(dir, target, slash)
		}
		if isMagic(link) {
			return w.magic(link)
		}
	}
	target, errno := w.names().readlink(link)
	if errno != 0 {
		return errno
	}
	return w.goOn(dir, target, slash)
}

// goOn walks the text of a link that lies in dir.
func (w *walk) goOn(dir *node, target string, slash bool) unix.Errno {
	if target == "" {
		return unix.ENOENT
	}
	switch {
	case w.rest != "":
		w.rest = target + "/" + w.rest
	case slash:
		w.rest = target + "/"
	default:
		w.rest = target
	}
	w.end = false
	w.at = dir
	if target[0] == '/' {
		if w.floor != nil {
			return unix.EXDEV
		}
		w.at = w.root
	}
	return 0
}

// own returns where /proc/self and /proc/thread-self lead the tracee, which is
// not where they lead this process.
func (w *walk) own(link *node) string {
	switch link.base() {
	case "self":
		return w.t.proc.text
	case "thread-self":
		return w.t.proc.text + "/task/" + w.t.text
	}
	return ""
}

// isMagic tells whether a link in proc leads to an object and not to a path:
// /proc/PID/{cwd,exe,root}, and what is in fd, map_files and ns.
func isMagic(link *node) bool {
	switch link.base() {
	case "cwd", "exe", "root":
		return true
	}
	switch link.parent.base() {
	case "fd", "map_files", "ns":
		return true
	}
	return false
}

// remembered returns what is known of a magic link that may not be followed.
func (w *walk) remembered(link *node) *node {
	if !strings.HasPrefix(link.path, "/proc/"+w.t.proc.text+"/") {
		return nil
	}
	switch dir, p := link.parent.base(), w.t.proc; {
	case dir == "fd":
		fd, _ := strconv.Atoi(link.base())
		return p.dirs[fd]
	case link.base() == "cwd":
		return p.cwd
	case link.base() == "root":
		return p.root
	}
	return nil
}

// magic follows a magic link. Its text is the path of the object in this
// process's view, if it has one.
func (w *walk) magic(link *node) unix.Errno {
	if w.resolve&unix.RESOLVE_NO_MAGICLINKS != 0 {
		return unix.ELOOP
	}
	var there unix.Stat_t
	host := w.names().host(link)
	if err := unix.Stat(host, &there); err != nil {
		if n := w.remembered(link); n != nil && isRefused(err) {
			w.at, w.end = n, w.rest == ""
			return w.stat()
		}
		errno, _ := err.(unix.Errno)
		return errno
	}
	text, err := readlink(host)
	if err == nil && text[0] == '/' {
		n := w.names().at(text)
		if w.r.stat(w.names(), n) == 0 && n.inode == (inode{there.Dev, there.Ino}) {
			w.at = n
			w.end = w.rest == ""
			return 0
		}
	}
	w.virtual, w.object, w.end = true, there, true
	if w.rest != "" {
		return unix.ENOENT
	}
	return 0
}
