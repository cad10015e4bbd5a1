package tracer

import "golang.org/x/sys/unix"

// enter takes a system call that a task stands before.
func (r *recorder) enter(e *event) verdict {
	r.settle(e.t)
	if !e.t.started && e.call.op != Exec {
		return goOn
	}
	return e.call.do(r, e)
}

// unknown takes a call that is not in the table.
func (r *recorder) unknown(e *event, known bool) {
	if !known && int32(e.nr) >= 0 && e.t.started {
		r.remark("%s made the system call %d (%s), which is not known; newer kernels may have it.", e.t.proc.program, e.nr, e.abi.name)
	}
	r.settle(e.t)
}

// leave takes a system call that a task stands after, where that was awaited.
func (r *recorder) leave(e *event) {
	r.settle(e.t)
	if e.errno() != 0 {
		return
	}
	p := e.t.proc
	switch {
	case e.found == nil:
		if a := r.descriptor(e, int(e.result)); a != nil {
			r.note(e.t, Open, a, 0)
		}
	case e.call.op == Stat:
		p.root = e.found
	case p.dirs == nil:
		p.dirs = map[int]*node{int(e.result): e.found}
	default:
		p.dirs[int(e.result)] = e.found
	}
}

// settle makes unknown what the task's last call may have changed. It was
// unknown while the call was under way as well.
func (r *recorder) settle(t *task) {
	t.next = nil
	for _, n := range t.changing {
		n.pending--
		t.names.forget(n)
	}
	t.changing = t.changing[:0]
	if t.moving {
		t.moving = false
		r.unstable--
		r.views++
	}
	if t.mounting {
		t.mounting = false
		r.forgetAll()
	}
}

// changes makes what is at n unknown until the call is over.
func (r *recorder) changes(t *task, n *node) {
	n.pending++
	t.names.gen++
	t.changing = append(t.changing, n)
}

// moves makes all views unknown until the call is over.
func (r *recorder) moves(t *task) {
	if !t.moving {
		t.moving = true
		r.unstable++
	}
	r.views++
}

// mounts makes everything unknown until the call is over.
func (r *recorder) mounts(t *task) {
	t.mounting = true
	r.forgetAll()
}

func (r *recorder) forgetAll() {
	r.host.forgetAll()
	for _, n := range r.foreign {
		n.forgetAll()
	}
	clear(r.dirs)
}

// follows tells whether e's call follows a link at the end of its first name.
func (e *event) follows() bool {
	flags := e.flags()
	if e.call.nofollow {
		return flags&unix.AT_SYMLINK_FOLLOW != 0
	}
	return flags&unix.AT_SYMLINK_NOFOLLOW == 0
}

func (e *event) flags() uint64 {
	if e.call.flags == none {
		return 0
	}
	return e.args[e.call.flags]
}

// look takes a call that changes nothing.
func (r *recorder) look(e *event) verdict {
	c := e.call
	if a := r.ask(e, c.dir, c.path, how{call: c, follow: e.follows()}); a != nil {
		r.seen(e.t, c.op, a)
	}
	return goOn
}

// watch takes inotify_add_watch(2).
func (r *recorder) watch(e *event) verdict {
	c := e.call
	h := how{call: c, follow: e.flags()&unix.IN_DONT_FOLLOW == 0}
	if a := r.ask(e, c.dir, c.path, h); a != nil {
		r.seen(e.t, c.op, a)
	}
	return goOn
}

// fanotify takes fanotify_mark(2). Its mask takes two places of a 32-bit
// program's arguments.
func (r *recorder) fanotify(e *event) verdict {
	c := e.call
	dir, path := c.dir, c.path
	if e.abi.column == on386 || e.abi.column == onARM {
		dir, path = dir+1, path+1
	}
	h := how{call: c, follow: e.flags()&unix.FAN_MARK_DONT_FOLLOW == 0}
	if path < len(e.args) {
		if a := r.ask(e, dir, path, h); a != nil {
			r.seen(e.t, c.op, a)
		}
	}
	return goOn
}

// list takes a call that reads the names in a directory.
func (r *recorder) list(e *event) verdict {
	if a := r.descriptor(e, e.fd(e.call.dir)); a != nil {
		r.note(e.t, List, a, 0)
	}
	return goOn
}

// openHandle takes open_by_handle_at(2), which names no path.
func (r *recorder) openHandle(*event) verdict { return awaitExit }
