package tracer

import "golang.org/x/sys/unix"

// name reads the name at a place of e's arguments. It is valid until the next
// name is read.
func (r *recorder) name(e *event, arg int) ([]byte, bool) {
	name, err := r.mem.readString(e.t, e.args[arg])
	if isRefused(err) && e.args[arg] != 0 {
		r.unreadable++
	}
	return name, err == nil
}

// ask looks up the name at two places of e's arguments. The result is nil where
// there is none: the address or the descriptor is bad or the name too long, so
// that the call fails, or it is empty, so that the call is on the descriptor.
func (r *recorder) ask(e *event, dir, path int, h how) *result {
	name, ok := r.name(e, path)
	if !ok || len(name) == 0 || len(name) >= unix.PathMax {
		return nil
	}
	r.refresh(e.t)
	var from *node
	if name[0] != '/' || h.resolve != 0 {
		if from = r.from(e, dir); from == nil {
			r.checkView(e.t)
			return nil
		}
	}
	return r.resolve(e.t, from, name, h)
}

// checkView counts a name that is lost because it cannot be seen from where the
// task starts.
func (r *recorder) checkView(t *task) {
	if _, err := unix.Readlink(t.procFile("cwd"), make([]byte, 1)); isRefused(err) {
		r.unreadable++
	}
}

// from returns where a relative name at e's arguments starts.
func (r *recorder) from(e *event, dir int) *node {
	if dir == cwd {
		return r.workingDir(e.t)
	}
	return r.directory(e.t, e.fd(dir))
}

// resolve looks up a name from a node. What was looked up before in the same
// way, and has not changed, is not walked again.
func (r *recorder) resolve(t *task, from *node, name []byte, h how) *result {
	if a := r.asked[question{t.root, from, string(name), h}]; a != nil && a.gen == t.names.gen {
		return a
	}
	return r.walk(t, question{t.root, from, string(name), h})
}

// walk makes the look-up. The answer is not sure where names on the way are
// being changed by another task, or are different each time.
func (r *recorder) walk(t *task, q question) *result {
	w := walk{r: r, t: t, root: q.root, at: q.from, follow: q.how.follow, resolve: uint64(q.how.resolve)}
	if w.resolve&unix.RESOLVE_IN_ROOT != 0 {
		w.root = q.from
	}
	if w.resolve&unix.RESOLVE_BENEATH != 0 {
		w.floor = q.from
	}
	errno := w.run(q.name)
	a := &result{
		question: q, sure: !w.unsure && !r.isProc(t.names, w.at),
		gen: t.names.gen, names: t.names, node: w.at, links: w.links,
		errno: errno, last: w.end, mode: w.at.mode, virtual: w.virtual || r.isVirtual(w.at),
	}
	if w.virtual {
		a.mode = w.object.Mode
	}
	if errno != 0 {
		a.mode = 0
	}
	a.path = absolute(w.root, a)
	return a
}

// absolute returns the name that was asked for as an absolute one. Where that
// is the walked one, the string is kept once.
func absolute(root *node, a *result) string {
	name := a.name
	switch {
	case name[0] != '/':
		if len(a.links) == 0 && a.node.parent == a.from && a.node.base() == name {
			return a.node.path
		}
		return join(a.from.path, name)
	case root.parent != root:
		return root.path + name
	case name == a.node.path:
		return a.node.path
	}
	return name
}

// descriptor answers for what a descriptor of e's task leads to, nil where that
// has no name.
func (r *recorder) descriptor(e *event, fd int) *result {
	n := r.directory(e.t, fd)
	if n == nil || r.stat(e.t.names, n) != 0 {
		return nil
	}
	return &result{names: e.t.names, node: n, path: n.path, mode: n.mode, virtual: r.isVirtual(n)}
}

// seen records a look-up that changes nothing.
func (r *recorder) seen(t *task, op Op, a *result) {
	if a.record != nil {
		r.hit(a.record)
		return
	}
	r.note(t, op, a, a.errno)
}
