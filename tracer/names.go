package tracer

import (
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A names is what is known of the names of one mount namespace: a tree of
// nodes, filled as the walks of the tracees come along. What the file system
// answered for a node is good until a tracee changes that name.
type names struct {
	root *node
	// prefix leads from this process's root to the root of the namespace, ""
	// where they are the same.
	prefix string
	epoch  uint32 // raised when everything that is known may have changed
	// gen is raised when the walks that were made may lead elsewhere.
	gen uint64
	// linked are the nodes of regular files with more than one link.
	linked map[inode][]*node
	// before is what was there before the run changed it.
	before []*Before
}

// An inode names a file beyond its paths.
type inode struct{ dev, ino uint64 }

// A node is one walked name.
type node struct {
	parent *node
	path   string
	kids   map[string]*node

	epoch  uint32 // when the following was read, 0 for never
	errno  unix.Errno
	mode   uint32
	nlink  uint32
	inode  inode
	target string // of a link, "" before it is read

	first  state
	made   bool   // what lies below is the run's own
	was    string // where what is here was before the run moved the directory it lies in, else ""
	before *Before

	records *record // of accesses to it under this name

	pending int // calls under way that may change what is at the name
}

// A state is what was at a name before the run.
type state uint8

const (
	unseen state = iota
	present
	absent
)

func newNames(prefix string) *names {
	t := &names{
		root: &node{path: "/"}, prefix: prefix, epoch: 1, gen: 1,
		linked: map[inode][]*node{},
	}
	t.root.parent = t.root
	return t
}

// child returns the node of a name in a directory.
func (n *node) child(name string) *node {
	if k := n.kids[name]; k != nil {
		return k
	}
	k := &node{parent: n, path: join(n.path, name)}
	if n.kids == nil {
		n.kids = map[string]*node{}
	}
	n.kids[k.path[len(k.path)-len(name):]] = k
	return k
}

// base returns the last component of the node's path.
func (n *node) base() string { return n.path[strings.LastIndexByte(n.path, '/')+1:] }

// at returns the node of a walked path.
func (t *names) at(path string) *node {
	n := t.root
	for name := range strings.SplitSeq(path, "/") {
		if name != "" {
			n = n.child(name)
		}
	}
	return n
}

func (n *node) is(format uint32) bool { return n.errno == 0 && n.mode&unix.S_IFMT == format }

// host returns where n is on this machine.
func (t *names) host(n *node) string { return t.prefix + n.path }

// look reads n's state, and notes that of its first touch.
func (t *names) look(n *node) unix.Errno {
	var st unix.Stat_t
	errno := lstat(t.host(n), &st)
	t.set(n, &st, errno)
	return errno
}

func lstat(path string, st *unix.Stat_t) unix.Errno {
	for {
		err := unix.Lstat(path, st)
		if err != unix.EINTR {
			errno, _ := err.(unix.Errno)
			return errno
		}
	}
}

func (t *names) set(n *node, st *unix.Stat_t, errno unix.Errno) {
	n.epoch, n.errno, n.target = t.epoch, errno, ""
	n.mode, n.nlink = st.Mode, uint32(st.Nlink)
	n.inode = inode{st.Dev, st.Ino}
	switch {
	case n.first == unseen:
		t.touch(n)
	case n.first == absent && errno == 0:
		t.created(n)
	}
}

// touch notes n's state at the first touch. What lies in a directory that the
// run made was not there before, whenever it is touched.
func (t *names) touch(n *node) {
	switch {
	case n.errno == 0 && !n.parent.made:
		n.first = present
		if n.is(unix.S_IFREG) && n.nlink > 1 {
			t.join(n)
		}
	default:
		n.first = absent
		n.made = n.parent.made
		if n.errno == 0 {
			t.created(n)
			n.was = n.parent.wasBelow(n.base())
		}
	}
}

func (n *node) wasBelow(name string) string {
	if n.was == "" {
		return ""
	}
	return join(n.was, name)
}

// origin returns where the directory at n was before the run, "" where it was
// not there.
func (n *node) origin() string {
	switch {
	case !n.is(unix.S_IFDIR):
		return ""
	case n.first == present && !n.made:
		return n.path
	}
	return n.was
}

// created notes that what is at n now was made by the run.
func (t *names) created(n *node) {
	if n.before == nil {
		t.keep(n, &Before{Path: rootfs.ByteName(n.path), Absent: true})
	}
}

func (t *names) keep(n *node, b *Before) {
	n.before = b
	t.before = append(t.before, b)
}

// join puts n to the other names of its file. Where the run has changed that
// by another name, the earlier state is known.
func (t *names) join(n *node) {
	for _, other := range t.linked[n.inode] {
		if b := other.before; b != nil && !b.Absent && n.before == nil {
			t.keep(n, b.named(n.path))
		}
	}
	t.linked[n.inode] = append(t.linked[n.inode], n)
}

// named returns b for another name of the same file.
func (b *Before) named(path string) *Before {
	other := *b
	other.Path = rootfs.ByteName(path)
	return &other
}

// readlink returns the text of the link at n.
func (t *names) readlink(n *node) (string, unix.Errno) {
	if n.target == "" {
		target, err := readlink(t.host(n))
		if err != nil {
			errno, _ := err.(unix.Errno)
			return "", errno
		}
		n.target = target
	}
	return n.target, 0
}

func readlink(path string) (string, error) { return readlinkAt(unix.AT_FDCWD, path) }

func readlinkAt(dir int, path string) (string, error) {
	var buf [unix.PathMax]byte
	n, err := unix.Readlinkat(dir, path, buf[:])
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// forget makes n's state unknown. It is called before a tracee changes what is
// at that name, and again after it has.
func (t *names) forget(n *node) {
	n.epoch = 0
	t.gen++
}

// forgetAll makes the state of everything unknown.
func (t *names) forgetAll() {
	t.epoch++
	t.gen++
}

// forgetBelow makes the state of n and of all that lies in it unknown.
func (t *names) forgetBelow(n *node) {
	t.forget(n)
	for _, k := range n.kids {
		t.forgetBelow(k)
	}
}

// join appends a name to a directory's path.
func join(dir, name string) string {
	if dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}
