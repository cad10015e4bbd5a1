package tracer

import (
	"strings"

	"golang.org/x/sys/unix"
)

// refresh brings the task's view up to date. It is read from /proc once after
// any tracee has changed a view: whose views are shared (CLONE_FS) is thus of
// no concern.
func (r *recorder) refresh(t *task) {
	if t.gen == r.views && r.unstable == 0 {
		if t.names != r.host {
			t.names.prefix = t.procFile("root")
		}
		return
	}
	t.gen = r.views
	t.names, t.root, t.cwd = r.host, r.host.root, nil
	if !r.moved {
		return
	}
	r.enterNamespace(t)
	if t.names != r.host {
		return
	}
	if root, err := readlink(t.procFile("root")); err == nil {
		t.root = t.names.at(root)
		t.proc.root = t.root
	} else if t.proc.root != nil {
		t.root = t.proc.root
	}
}

// enterNamespace finds the names of the task's mount namespace.
func (r *recorder) enterNamespace(t *task) {
	var st unix.Stat_t
	if unix.Stat(t.procFile("ns/mnt"), &st) != nil || st.Ino == r.namespace {
		return
	}
	n := r.foreign[st.Ino]
	if n == nil {
		n = newNames("")
		r.foreign[st.Ino] = n
		r.remark("A process was in a mount namespace of its own; its paths are taken as paths of this one.")
	}
	// Paths lead through the task, as it is the one that surely lives now.
	n.prefix = t.procFile("root")
	t.names, t.root = n, n.root
}

// workingDir returns the node of the task's working directory.
func (r *recorder) workingDir(t *task) *node {
	r.refresh(t)
	if t.cwd == nil {
		t.cwd = r.linked(t, t.procFile("cwd"))
	}
	if t.cwd == nil && r.holds {
		t.cwd = t.proc.cwd // it may not be asked for any more
	}
	t.proc.cwd = t.cwd
	return t.cwd
}

// stands notes where a process will stand after a chdir(2), because it may not
// be asked for then.
func (r *recorder) stands(t *task, a *result) {
	if !r.holds {
		return
	}
	t.proc.cwd = nil
	if a != nil && a.errno == 0 && a.mode&unix.S_IFMT == unix.S_IFDIR && a.mode&unix.S_IXOTH != 0 {
		t.proc.cwd = a.node
	}
}

// directory returns the node that a descriptor of the task leads to, nil where
// it leads to none with a name.
func (r *recorder) directory(t *task, fd int) *node {
	r.refresh(t)
	if fd == unix.AT_FDCWD {
		return r.workingDir(t)
	}
	if fd < 0 {
		return nil
	}
	text := r.fds.readlink(t, fd)
	if text == "" {
		return t.proc.dirs[fd]
	}
	return r.leads(t, text)
}

// descriptors reads where those of the task that was last asked for lead to,
// from its directory in proc, which is held open: tasks ask many times in a row.
type descriptors struct {
	t     *task
	dir   int
	asked int // times in a row
}

// holdAfter is how often a task must ask before its directory is opened.
const holdAfter = 4

// readlink returns the text of the magic link of a descriptor, "" without one.
func (d *descriptors) readlink(t *task, fd int) string {
	if d.t != t {
		d.close()
		d.t = t
	}
	d.asked++
	if d.asked == holdAfter {
		d.dir, _ = unix.Open(t.procFile("fd"), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	dir, name := d.dir, itoa(fd)
	if dir <= 0 {
		dir, name = unix.AT_FDCWD, t.procFile("fd/")+name
	}
	text, _ := readlinkAt(dir, name)
	return text
}

func (d *descriptors) close() {
	if d.dir > 0 {
		_ = unix.Close(d.dir)
	}
	*d = descriptors{}
}

// linked returns the node that a magic link of the task leads to.
func (r *recorder) linked(t *task, link string) *node {
	text, _ := readlink(link)
	return r.leads(t, text)
}

// leads returns the node that the text of a magic link of the task means, nil
// where it means none.
func (r *recorder) leads(t *task, text string) *node {
	if text == "" || text[0] != '/' {
		return nil
	}
	if n := r.dirs[text]; n != nil && t.names == r.host {
		return n
	}
	path := text
	if strings.HasSuffix(text, " (deleted)") && unix.Lstat(t.names.prefix+text, new(unix.Stat_t)) != nil {
		path = strings.TrimSuffix(text, " (deleted)")
	}
	n := t.names.at(r.inside(t, path))
	if t.names == r.host {
		r.dirs[text] = n
	}
	return n
}

// inside returns a path that the kernel wrote for this process as a path below
// the prefix of the task's names.
func (r *recorder) inside(t *task, text string) string {
	if t.names == r.host {
		return text
	}
	root, err := readlink(t.procFile("root"))
	if err != nil || root == "/" {
		return text
	}
	if rest, ok := strings.CutPrefix(text, root); ok {
		return "/" + strings.TrimPrefix(rest, "/")
	}
	return text
}

// isHere tells whether what a namespace has at n is what this one has there.
func (r *recorder) isHere(t *names, n *node) bool {
	if t == r.host {
		return true
	}
	var st unix.Stat_t
	return lstat(n.path, &st) == 0 && n.inode == inode{st.Dev, st.Ino}
}

// compareNamespaces says where a file was found by a name that means another
// one here, so that it cannot be taken from there.
func (r *recorder) compareNamespaces(a *result, errno unix.Errno) {
	if errno != 0 || a.virtual || a.node.first != present || r.isHere(a.names, a.node) {
		return
	}
	r.lacks("%s was found in another mount namespace, where it is not the file that it is here.", a.node.path)
}
