package tracer

import "golang.org/x/sys/unix"

// chdir takes the call of that name.
func (r *recorder) chdir(e *event) verdict {
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c, follow: true})
	if a != nil {
		r.seen(e.t, c.op, a)
	}
	r.stands(e.t, a)
	r.moves(e.t)
	return goOn
}

// fchdir takes a call after which the task may stand elsewhere. It need not be
// stopped after that: its view is read again when it is next needed.
func (r *recorder) fchdir(e *event) verdict {
	if r.holds {
		r.stands(e.t, r.descriptor(e, e.fd(e.call.dir)))
	}
	r.moves(e.t)
	return goOn
}

// chroot takes the call of that name.
func (r *recorder) chroot(e *event) verdict {
	r.moved = true
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c, follow: true})
	r.moves(e.t)
	if a == nil {
		return goOn
	}
	r.seen(e.t, c.op, a)
	return r.remember(e, a)
}

// setns takes the call of that name.
func (r *recorder) setns(e *event) verdict {
	r.moved = true
	r.stands(e.t, nil)
	r.moves(e.t)
	return goOn
}

// unshare takes the call of that name.
func (r *recorder) unshare(e *event) verdict {
	if e.args[0]&unix.CLONE_NEWNS != 0 {
		return r.setns(e)
	}
	return goOn
}

// mount takes mount(2). Its source is a path when a directory is bound.
func (r *recorder) mount(e *event) verdict {
	c := e.call
	if e.args[3]&(unix.MS_BIND|unix.MS_MOVE) != 0 {
		if a := r.ask(e, cwd, 0, how{call: c, follow: true}); a != nil {
			r.seen(e.t, Open, a)
		}
	}
	return r.remount(e)
}

// pivotRoot takes pivot_root(2).
func (r *recorder) pivotRoot(e *event) verdict {
	r.moved = true
	if a := r.ask(e, cwd, 1, how{call: e.call, follow: true}); a != nil {
		r.seen(e.t, Stat, a)
	}
	r.moves(e.t)
	return r.remount(e)
}

// remount takes a call that changes what is mounted at a name.
func (r *recorder) remount(e *event) verdict {
	r.look(e)
	r.mounts(e.t)
	r.remark("File systems were mounted, moved or unmounted; what was read in them is taken from the paths as they were then.")
	return goOn
}

// moveMount takes move_mount(2).
func (r *recorder) moveMount(e *event) verdict {
	c := e.call
	if a := r.ask(e, c.toDir, c.toPath, how{call: c, follow: true}); a != nil {
		r.seen(e.t, Stat, a)
	}
	return r.remount(e)
}

// The commands of fsconfig(2) that name files (include/uapi/linux/mount.h).
const (
	fsconfigSetString = 1
	fsconfigSetPath   = 3
)

// fsconfig takes the call of that name.
func (r *recorder) fsconfig(e *event) verdict {
	dir := cwd
	switch e.args[1] {
	case fsconfigSetString:
		if key, ok := r.name(e, 2); !ok || string(key) != "source" {
			return goOn
		}
	case fsconfigSetPath:
		dir = 4
	default:
		return goOn
	}
	if a := r.ask(e, dir, e.call.path, how{call: e.call, follow: true}); a != nil {
		r.seen(e.t, Open, a)
	}
	return goOn
}
