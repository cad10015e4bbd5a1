package tracer

import (
	"os"

	"golang.org/x/sys/unix"
)

// creates notes that the run makes what was not there.
func (r *recorder) creates(t *task, a *result) {
	if !a.virtual {
		r.keepDir(a.names, a.node.parent)
		a.names.created(a.node)
	}
	r.changes(t, a.node)
}

// make takes a call that makes a file and fails where there is one.
func (r *recorder) make(e *event) verdict {
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c})
	if a == nil {
		return goOn
	}
	errno := making(a)
	if errno == 0 {
		r.creates(e.t, a)
		a.node.made = true
	}
	r.note(e.t, Create, a, errno)
	return goOn
}

// making predicts how the making of a file fails.
func making(a *result) unix.Errno {
	switch {
	case a.errno == unix.ENOENT && a.last:
		return 0
	case a.errno == 0:
		return unix.EEXIST
	}
	return a.errno
}

// change takes a call that changes a file's content or metadata by its name.
func (r *recorder) change(e *event) verdict {
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c, follow: e.follows()})
	if a == nil {
		return r.changeFD(e) // with no name, the call is on the descriptor
	}
	if a.record == nil {
		r.prepare(e.t, c.op, a, a.errno)
	}
	r.seen(e.t, c.op, a)
	return goOn
}

// changeFD takes a call that changes a file's metadata by its descriptor.
func (r *recorder) changeFD(e *event) verdict {
	if e.call.dir < 0 {
		return goOn
	}
	if a := r.descriptor(e, e.fd(e.call.dir)); a != nil {
		r.prepare(e.t, e.call.op, a, 0)
		r.note(e.t, e.call.op, a, 0)
	}
	return goOn
}

// remove takes unlink, unlinkat and rmdir.
func (r *recorder) remove(e *event) verdict {
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c})
	if a == nil {
		return goOn
	}
	if a.errno == 0 {
		r.removes(e.t, a)
	}
	r.note(e.t, Remove, a, a.errno)
	return goOn
}

// removes notes that what is at a name goes away.
func (r *recorder) removes(t *task, a *result) {
	if !a.virtual {
		r.keepDir(a.names, a.node.parent)
		r.keepTree(a.names, a.node)
	}
	r.changes(t, a.node)
}

// rename takes the calls of that name.
func (r *recorder) rename(e *event) verdict {
	c := e.call
	from := r.ask(e, c.dir, c.path, how{call: c})
	to := r.ask(e, c.toDir, c.toPath, how{call: c})
	if from == nil || to == nil {
		return goOn
	}
	errno := renaming(from, to, e.flags())
	if errno == 0 {
		r.renames(e.t, from, to, e.flags()&unix.RENAME_EXCHANGE != 0)
	}
	op := Create
	if to.errno == 0 {
		op = Replace
	}
	r.note(e.t, Remove, from, errno)
	r.note(e.t, op, to, errno)
	return goOn
}

// renaming predicts how a rename fails.
func renaming(from, to *result, flags uint64) unix.Errno {
	switch {
	case from.errno != 0:
		return from.errno
	case to.errno == 0 && flags&unix.RENAME_NOREPLACE != 0:
		return unix.EEXIST
	case to.errno == 0 && flags&unix.RENAME_EXCHANGE == 0:
		return replacing(from, to)
	case to.errno == unix.ENOENT && to.last && flags&unix.RENAME_EXCHANGE == 0:
		return 0
	}
	return to.errno
}

// replacing predicts how the replacing of one file by another fails. What fails
// for another reason loses nothing: a directory that could be replaced is empty.
func replacing(from, to *result) unix.Errno {
	dir, over := from.node.is(unix.S_IFDIR), to.node.is(unix.S_IFDIR)
	switch {
	case dir && !over:
		return unix.ENOTDIR
	case over && !dir:
		return unix.EISDIR
	case over && from.node != to.node && !isEmpty(to.names.host(to.node)):
		return unix.ENOTEMPTY
	}
	return 0
}

// isEmpty tells whether there is nothing in a directory that can be seen.
func isEmpty(dir string) bool {
	f, err := os.Open(dir)
	if err != nil {
		return true
	}
	defer f.Close()
	_, err = f.Readdirnames(1)
	return err != nil
}

func (r *recorder) renames(t *task, from, to *result, exchange bool) {
	origin, other := from.node.origin(), to.node.origin()
	r.removes(t, from)
	if to.errno == 0 {
		r.removes(t, to)
	} else {
		r.creates(t, to)
	}
	to.names.replace(to.node, origin)
	from.names.forgetBelow(from.node)
	if exchange {
		from.names.replace(from.node, other)
	}
}

// replace notes that what lies in n from now on is not what was there, but what
// lay in the directory origin before the run, if that is one.
func (t *names) replace(n *node, origin string) {
	n.made, n.was = origin != n.path, ""
	if origin != "" && n.made {
		n.was, n.kids = origin, nil
	}
	t.forgetBelow(n)
}

// link takes link and linkat. With AT_EMPTY_PATH, or by way of /proc/self/fd, a
// file that had no name (O_TMPFILE) gets one.
func (r *recorder) link(e *event) verdict {
	c := e.call
	from := r.ask(e, c.dir, c.path, how{call: c, follow: e.follows()})
	to := r.ask(e, c.toDir, c.toPath, how{call: c})
	if to == nil {
		return goOn
	}
	errno := making(to)
	if from != nil {
		r.note(e.t, Open, from, from.errno)
		if from.errno != 0 {
			errno = from.errno
		}
	}
	if errno == 0 {
		r.creates(e.t, to)
		r.links(from)
	}
	r.note(e.t, Create, to, errno)
	return goOn
}

// links remembers the first name of a file that gets another one.
func (r *recorder) links(from *result) {
	if from != nil && !from.virtual && from.node.is(unix.S_IFREG) && from.node.nlink == 1 {
		from.names.join(from.node)
	}
}
