package tracer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/bpf"
)

// An observer tells the recorder what a BPF probe saw. The probe holds no task,
// so a look-up is walked after it was made, in the file system as it is by then.
// That is how it was, since a task that is about to change files is stopped, and
// what the probe has seen is read before it goes on. Other than with the other
// backends the results are the kernel's own.
type observer struct {
	mu    sync.Mutex // held by who uses the recorder
	r     *recorder
	probe *bpf.Probe
	procs map[int]*process
	// changed, where it is set, takes the calls before which tasks are stopped otherwise.
	changed func(c *call, a *result, op Op, errno unix.Errno)
	first   int  // the process whose end must be seen, in the outermost namespace
	started bool // the stub is over
	ended   bool // and was: so nothing of it is missing
	last    bool // a loss is no reason to try again
}

// readEvery is how often what the probe saw is read where nothing else calls
// for it.
const readEvery = 10 * time.Millisecond

// readOn reads until the run is over.
func (o *observer) readOn(over <-chan struct{}) {
	for !waitFor(over, readEvery) {
		o.mu.Lock()
		if err := o.read(); err != nil {
			o.r.lacks("%v.", err)
		}
		o.mu.Unlock()
	}
}

// read takes what the probe has seen so far. Who reads holds mu.
func (o *observer) read() error {
	for {
		e, err := o.probe.Read(time.Unix(1, 0))
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		case err != nil:
			return fmt.Errorf("read the BPF probe: %w", err)
		}
		o.take(e)
	}
}

// startMark is a path that the stub looks for last of all. What the probe saw
// before that was the stub's own.
const startMark = "/magicpak-starts-its-tracee"

// take takes one event.
func (o *observer) take(e *bpf.Event) {
	if !o.started {
		o.started = e.Names[0].Path == startMark
		return
	}
	p := o.process(e.PID)
	if o.first == 0 {
		o.first = e.PID
	}
	if e.Flags&(bpf.Cut|bpf.Unreadable) != 0 && e.Result != -int64(unix.EFAULT) && e.Result != -int64(unix.ENAMETOOLONG) {
		o.r.unreadable++
	}
	switch e.Kind {
	case bpf.Fork:
		o.process(e.Child).program = p.program
	case bpf.Exit:
		if e.PID == e.TID {
			delete(o.procs, e.PID)
		}
		o.ended = o.ended || e.TID == o.first
	case bpf.Exec:
		o.exec(e, p)
	case bpf.Uring:
		o.look(e, p, callNamed("openat"), true)
	case bpf.Call:
		if c := o.call(e); c != nil {
			o.called(e, p, c)
		}
	}
}

func (o *observer) process(pid int) *process {
	p := o.procs[pid]
	if p == nil {
		p = newProcess(pid, "")
		o.procs[pid] = p
	}
	return p
}

// call returns the row of the table that an event's number stands for.
func (o *observer) call(e *bpf.Event) *call {
	a := abis[0]
	for _, other := range abis {
		if e.ABI == bpf.Compat && other.words == 4 && other.bit == 0 || e.ABI == bpf.X32 && other.bit != 0 {
			a = other
		}
	}
	c, _ := a.call(uint64(e.NR) | uint64(a.bit))
	return c
}

// called takes a system call that is over.
func (o *observer) called(e *bpf.Event, p *process, c *call) {
	switch {
	case c.op == Exec:
		o.failedExec(e, p, c)
	case c.name == "chdir" && e.Result == 0: // the folder that a name starts at is the new one by now
		o.object(e, p, c)
	case c.opens:
		o.open(e, p, c)
	case c.op == Connect, c.name == "bind":
		o.socket(e, p, c)
	case c.path == none:
		o.object(e, p, c)
	case o.changed != nil && alterations(c) != nil:
		o.altered(e, p, c)
	default:
		o.look(e, p, c, o.follows(e, c))
	}
}

func (o *observer) follows(e *bpf.Event, c *call) bool {
	switch c.name {
	case "inotify_add_watch":
		return e.Args[2]&unix.IN_DONT_FOLLOW == 0
	case "fanotify_mark":
		return e.Args[1]&unix.FAN_MARK_DONT_FOLLOW == 0
	}
	return (&event{call: c, args: e.Args}).follows()
}

// look records a look-up that changes nothing.
func (o *observer) look(e *bpf.Event, p *process, c *call, follow bool) {
	if a := o.find(e, p, 0, how{call: c, follow: follow}); a != nil {
		o.note(p, c.op, a, e)
	}
}

// open records an open for reading. Before others the task was stopped.
func (o *observer) open(e *bpf.Event, p *process, c *call) {
	var flags, resolve uint64
	switch {
	case c.flags != none:
		flags = e.Args[c.flags]
	case len(e.Struct) >= 24: // struct open_how
		flags, resolve = binary.NativeEndian.Uint64(e.Struct), binary.NativeEndian.Uint64(e.Struct[16:])
	}
	writes := c.flags == none || flags&(unix.O_ACCMODE|unix.O_CREAT|unix.O_TRUNC) != 0
	if writes && o.changed == nil {
		return
	}
	h := how{c, flags&unix.O_NOFOLLOW == 0, uint8(resolve), uint32(flags & openFlags)}
	a := o.opened(e, p, o.find(e, p, 0, h))
	switch {
	case a == nil:
	case flags&unix.O_ACCMODE != unix.O_RDONLY || flags&unix.O_TRUNC != 0:
		o.note(p, Modify, a, e)
		o.changed(c, a, Modify, failure(e))
	default:
		o.note(p, Open, a, e)
	}
}

// opened puts what a descriptor leads to in the place of what was looked up.
// They are not the same where the name led through proc, or was changed since.
func (o *observer) opened(e *bpf.Event, p *process, a *result) *result {
	if a == nil || e.Object == "" || e.Result < 0 || a.node.path == e.Object {
		return a
	}
	there := o.at(o.task(e, p), e.Object)
	if there == nil {
		return a
	}
	there.path, there.links = a.path, a.links
	return there
}

// altered records a call that changed what its names lead to.
func (o *observer) altered(e *bpf.Event, p *process, c *call) {
	ops := [2]Op{c.op, Create}
	if strings.HasPrefix(c.name, "rename") {
		ops[0] = Remove
	}
	for i, op := range ops {
		a := o.find(e, p, i, how{call: c})
		if a == nil || op == "" {
			continue
		}
		o.note(p, op, a, e)
		o.changed(c, a, op, failure(e))
	}
}

// socket records the path in a socket's address.
func (o *observer) socket(e *bpf.Event, p *process, c *call) {
	addr := e.Names[0].Path
	if len(addr) <= 2 || binary.NativeEndian.Uint16([]byte(addr)) != unix.AF_UNIX || addr[2] == 0 {
		return
	}
	path, _, _ := strings.Cut(addr[2:], "\x00")
	e.Names[0].Path = path
	if a := o.find(e, p, 0, how{call: c, follow: true}); a != nil {
		o.note(p, c.op, a, e)
		if c.op == Create && o.changed != nil {
			o.changed(c, a, Create, failure(e))
		}
	}
}

// object records a call on a descriptor.
func (o *observer) object(e *bpf.Event, p *process, c *call) {
	if e.Object == "" || e.Result < 0 {
		return
	}
	if a := o.at(o.task(e, p), e.Object); a != nil {
		o.note(p, c.op, a, e)
	}
}

// at answers for a path that the probe found.
func (o *observer) at(t *task, path string) *result {
	n := t.names.at(path)
	if o.r.stat(t.names, n) != 0 {
		return nil
	}
	return &result{names: t.names, node: n, path: n.path, mode: n.mode, virtual: o.r.isVirtual(n)}
}

// task stands for the task of an event, with its root as it was.
func (o *observer) task(e *bpf.Event, p *process) *task {
	t := newTask(e.TID, p)
	t.names, t.root = o.r.host, o.r.host.root
	if uint64(e.MountNS) != o.r.namespace {
		o.r.enterNamespace(t)
	}
	if e.Root != "" {
		t.root = t.names.at(e.Root)
	}
	return t
}

// find looks up one of the names of an event.
func (o *observer) find(e *bpf.Event, p *process, which int, h how) *result {
	name := e.Names[which]
	if name.Path == "" || len(name.Path) >= unix.PathMax-1 || e.Result == -int64(unix.EFAULT) {
		return nil
	}
	t := o.task(e, p)
	var from *node
	switch {
	case name.Dir != "":
		from = t.names.at(name.Dir)
	case name.Path[0] != '/' || h.resolve != 0:
		return nil // a bad descriptor
	}
	return o.r.resolve(t, from, []byte(name.Path), h)
}

// note records what the kernel answered.
func (o *observer) note(p *process, op Op, a *result, e *bpf.Event) {
	errno := failure(e)
	if errno != 0 && !slices.Contains(inVain, errno) || e.Kind == bpf.Uring {
		errno = a.errno // it was found, and the call failed then; or was only asked for
	}
	if rec := a.record; rec != nil && rec.op == op && rec.errno == errno {
		o.r.hit(rec)
		return
	}
	o.r.note(&task{proc: p}, op, a, errno)
}

// inVain are the errors of look-ups.
var inVain = []unix.Errno{unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP, unix.ENAMETOOLONG}

// failure returns why a call failed, 0 when it did not.
func failure(e *bpf.Event) unix.Errno {
	if e.Kind == bpf.Call && e.Result < 0 {
		return unix.Errno(-e.Result)
	}
	return 0
}

// failedExec records an execution that failed: its script's interpreter may be
// what is missing. One that worked is told by its own event.
func (o *observer) failedExec(e *bpf.Event, p *process, c *call) {
	if e.Result >= 0 {
		return
	}
	a := o.find(e, p, 0, how{call: c, follow: o.follows(e, c)})
	if a == nil {
		return
	}
	errno := executing(a)
	o.r.note(&task{proc: p}, Exec, a, errno)
	if errno == 0 {
		t := o.task(e, p)
		o.r.execution(t, t.names.at(e.Names[0].Dir), a)
	}
}

// exec records an execution: the file, and what the kernel opened for it.
func (o *observer) exec(e *bpf.Event, p *process) {
	t := o.task(e, p)
	a := o.find(e, p, 0, how{call: execCall, follow: true})
	if strings.HasPrefix(e.Names[0].Path, "/dev/fd/") { // by a descriptor that may be closed
		a = o.at(t, e.Object)
	}
	p.program = e.Object
	if a == nil {
		return
	}
	o.r.note(t, Exec, a, 0)
	if x := o.r.execution(t, t.names.at(e.Names[0].Dir), a); x != nil {
		o.r.executed(t, x)
		o.r.privileges(t, x.file)
	}
}

// finish takes the rest, and says what was lost.
func (o *observer) finish() error {
	if err := o.read(); err != nil {
		return err
	}
	lost, err := o.probe.Lost()
	switch {
	case err != nil:
		return fmt.Errorf("read the BPF probe: %w", err)
	case lost.Any():
		err = &lostError{lost.String()}
	case !o.ended:
		err = &lostError{"the end of the first process was not seen"}
	}
	if err != nil && !o.last {
		return err
	}
	if err != nil {
		o.r.lacks("%v.", err)
	}
	for _, what := range o.probe.Blind {
		o.r.lacks("This kernel does not show %s.", what)
	}
	return nil
}

// A lostError is that not all that the probe saw could be read.
type lostError struct{ what string }

func (e *lostError) Error() string { return "the BPF probe lost something: " + e.what }

// specs tells the probe what to read of the calls of an ABI.
func specs(a *abi, of func(*call) (bpf.Spec, bool)) map[int]bpf.Spec {
	m := map[int]bpf.Spec{}
	for nr, c := range a.byNr {
		if c != nil {
			if s, ok := of(c); ok {
				m[nr] = s
			}
		}
	}
	return m
}

// spec tells the probe what to read of a call, if it is to see it: not where
// the filter stops before it.
func (c *call) spec() (s bpf.Spec, wanted bool) {
	if !c.opens && alterations(c) != nil {
		return s, false
	}
	return c.anySpec()
}

// anySpec tells the probe what to read of a call, if it names or yields files.
func (c *call) anySpec() (s bpf.Spec, wanted bool) {
	s = bpf.NoArguments
	if c.when.given {
		s.Given = int8(c.when.arg)
	}
	switch {
	case c.name == "open_by_handle_at":
		s.Result = true
	case c.name == "socketcall", len(c.when.among) > 0, c.path == none && c.op != List:
		return s, false
	case c.op == Connect || c.name == "bind":
		s.Path, s.Dir, s.Address, s.Size = int8(c.path), cwd, true, unix.SizeofSockaddrUnix
	case c.path == none:
		s.Object = int8(c.dir)
	default:
		s.Path, s.Dir, s.Result = int8(c.path), int8(c.dir), c.opens
		s.Path2, s.Dir2 = int8(c.toPath), int8(c.toDir)
		s.NewCwd = c.name == "chdir"
	}
	if c.opens && c.flags == none {
		s.Size = uint8(binary.Size(unix.OpenHow{}))
	}
	return s, true
}
