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
	return t.cwd
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
	return r.linked(t, t.fdFile(fd))
}

func (t *task) fdFile(fd int) string { return t.procFile("fd/") + itoa(fd) }

// linked returns the node that a magic link of the task leads to.
func (r *recorder) linked(t *task, link string) *node {
	text, err := readlink(link)
	if err != nil || text[0] != '/' {
		return nil
	}
	if n := r.dirs[text]; n != nil && t.names == r.host {
		return n
	}
	if strings.HasSuffix(text, " (deleted)") && unix.Lstat(t.names.prefix+text, new(unix.Stat_t)) != nil {
		text = strings.TrimSuffix(text, " (deleted)")
	}
	n := t.names.at(r.inside(t, text))
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
