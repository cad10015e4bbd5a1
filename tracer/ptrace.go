package tracer

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptraceOptions are those that every tracee is seized with.
const ptraceOptions = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
	unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_EXITKILL

// A ptracer is the backend that stops tasks with ptrace(2). All of its methods
// run on one OS thread, the one that seized the first task.
type ptracer struct {
	probed *observer // sees what the filter passes, nil where it passes nothing
	r      *recorder
	tree   *tree
	tasks  map[int]*tracee
	early  map[int]stop // first stops of tasks that their parents have not told of
	first  int          // the process whose end is the command's
	all    bool         // there is no filter: every call of every task stops
	status unix.WaitStatus

	place placement

	watched   bool // a task is stopped at every call though there is a filter
	registers bool // there is no PTRACE_GET_SYSCALL_INFO
	crowded   bool // there were too many tasks
}

// mostTasks is how many tasks a run may have at a time. Tests have it lower.
var mostTasks = 32768

// A tracee is a task as ptrace has it.
type tracee struct {
	*task
	all     bool  // stops at every call
	inside  bool  // stands in a call that stopped at its entry
	atEvent bool  // stands in a PTRACE_EVENT_SECCOMP
	leave   event // the call whose end is awaited, if leave.call is set

	affinity    unix.CPUSet // where it may run, if it is or was placed
	unplaceable bool        // it looks at its affinity
}

func newPtracer(r *recorder, t *tree, all bool) *ptracer {
	r.mem = &memory{peek: peekWord, poke: pokeWord}
	r.loses = losesPrivilege(!all)
	r.leaves = true
	return &ptracer{r: r, tree: t, tasks: map[int]*tracee{}, early: map[int]stop{}, all: all}
}

// seize makes this thread the tracer of the process pid, the first one.
func (p *ptracer) seize(pid int) error {
	if err := seize(pid); err != nil {
		return fmt.Errorf("%w: seize the tracee: %w%s", ErrNotSupported, err, whyNotSeized(err))
	}
	p.first = pid
	p.tree.lead(pid)
	p.add(pid, pid, nil)
	if p.all {
		// Calls stop a task from the first time on that it is resumed.
		resume(unix.PTRACE_INTERRUPT, pid, 0)
	}
	return nil
}

func seize(pid int) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(pid), 0, ptraceOptions, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// resume lets a stopped task go on. ESRCH says that it was killed meanwhile.
func resume(request, tid int, sig unix.Signal) {
	_, _, _ = unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, uintptr(sig), 0, 0)
}

// loop serves the tracees until there are none.
func (p *ptracer) loop() error {
	for {
		s, err := p.next()
		if err == unix.ECHILD {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.exclusively(s); err != nil {
			return err
		}
	}
}

// exclusively handles a stop after all that the probe, if there is one, saw
// before it.
func (p *ptracer) exclusively(s stop) error {
	if p.probed == nil {
		p.handle(s)
		return nil
	}
	p.probed.mu.Lock()
	defer p.probed.mu.Unlock()
	if s.event() == unix.PTRACE_EVENT_SECCOMP || s.signal() == unix.SIGTRAP|sysgood {
		if err := p.probed.read(); err != nil {
			return err
		}
	}
	p.handle(s)
	return nil
}

// next waits for a stop. A task whose parent has told nothing of it when nothing
// else is left to take may have none that will: it was killed too early.
func (p *ptracer) next() (stop, error) {
	if len(p.early) > 0 {
		if s, err := wait(unix.WNOHANG); s.tid > 0 || err != nil {
			return s, err
		}
		if err := p.adoptAll(); err != nil {
			return stop{}, err
		}
	}
	return wait(0)
}

// handle takes one stop.
func (p *ptracer) handle(s stop) {
	t := p.tasks[s.tid]
	if s.status.Exited() || s.status.Signaled() {
		p.ended(t, s)
		return
	}
	switch {
	case p.tree.killing.Load():
		p.tree.kill(s.tid)
		return
	case t == nil:
		p.early[s.tid] = s
		return
	}
	switch {
	case s.signal() == unix.SIGTRAP|sysgood:
		p.syscallStop(t)
	case s.isGroupStop():
		resume(unix.PTRACE_LISTEN, t.tid, 0)
	case s.event() != 0:
		p.eventStop(t, s.event())
	default:
		p.goOn(t, s.signal())
	}
}

// goOn lets t run until something of interest happens to it.
func (p *ptracer) goOn(t *tracee, sig unix.Signal) {
	request := unix.PTRACE_CONT
	if t.all || t.leave.call != nil {
		request = unix.PTRACE_SYSCALL
	}
	resume(request, t.tid, sig)
}

// ended takes the death of a task.
func (p *ptracer) ended(t *tracee, s stop) {
	if s.tid == p.first {
		p.status = s.status
	}
	if t == nil {
		delete(p.early, s.tid)
		return
	}
	p.r.settle(t.task)
	delete(p.tasks, s.tid)
	t.proc.threads--
	p.place.ended(s.tid, 0)
	if s.tid == t.proc.pid {
		p.tree.remove(t.proc.pid)
		p.r.ended(t.proc)
	}
}

// adoptAll takes the tasks that stopped before their parents told of them.
func (p *ptracer) adoptAll() error {
	for tid, s := range p.early {
		delete(p.early, tid)
		p.adopt(tid)
		if err := p.exclusively(s); err != nil {
			return err
		}
	}
	return nil
}

// adopt takes a task of which no parent tells.
func (p *ptracer) adopt(tid int) *tracee {
	text := strconv.Itoa(tid)
	pid, err := strconv.Atoi(statusField(text, "Tgid:"))
	if err != nil {
		pid = tid
	}
	parent := pid
	if pid == tid {
		parent, _ = strconv.Atoi(statusField(text, "PPid:"))
	}
	t := p.add(tid, pid, p.tasks[parent])
	t.view = view{} // it may have been born to another
	return t
}

// add makes a task known. Its parent is nil when it has ended already.
func (p *ptracer) add(tid, pid int, parent *tracee) *tracee {
	t := &tracee{all: p.all || p.watched}
	var proc *process
	switch leader := p.tasks[pid]; {
	case leader != nil && tid != pid:
		proc = leader.proc
	default:
		proc = newProcess(pid, "")
		if parent != nil {
			proc.forked(parent.proc)
		}
		p.tree.add(pid)
	}
	t.task = newTask(tid, proc)
	t.started = pid != p.first
	if parent != nil {
		t.all, t.started, t.view = parent.all, parent.started, parent.view
	}
	p.tasks[tid] = t
	proc.threads++
	if proc.mem == 0 {
		p.r.holdMemory(t.task)
	}
	if len(p.tasks) > mostTasks {
		p.crowd()
	}
	return t
}

// crowd ends a run that multiplies without end.
func (p *ptracer) crowd() {
	p.crowded = true
	p.tree.killing.Store(true)
	p.tree.signalAll(unix.SIGKILL)
}

// eventStop takes a stop with a PTRACE_EVENT_.
func (p *ptracer) eventStop(t *tracee, event int) {
	switch event {
	case unix.PTRACE_EVENT_SECCOMP:
		p.seccompStop(t)
		return
	case unix.PTRACE_EVENT_FORK, unix.PTRACE_EVENT_VFORK, unix.PTRACE_EVENT_CLONE:
		p.born(t, event)
	case unix.PTRACE_EVENT_EXEC:
		t = p.executed(t)
	}
	p.r.settle(t.task)
	p.goOn(t, 0)
}

// born makes the child known that t has just got, and lets it go on if it has
// stopped already.
func (p *ptracer) born(t *tracee, event int) {
	msg, ok := eventMessage(t.tid)
	child := int(msg)
	if !ok || p.tasks[child] != nil {
		return
	}
	pid := child
	if event == unix.PTRACE_EVENT_CLONE && isThread(t.proc.text, child) {
		pid = t.proc.pid
	}
	c := p.add(child, pid, t)
	if event == unix.PTRACE_EVENT_VFORK && p.r.holds {
		c.proc.shareMemory(t.proc)
	}
	p.place.forked(t, c)
	if s, ok := p.early[child]; ok {
		delete(p.early, child)
		p.handle(s)
	}
}

// isThread tells whether tid is a thread of the process pid.
func isThread(pid string, tid int) bool {
	return unix.Access("/proc/"+pid+"/task/"+strconv.Itoa(tid), unix.F_OK) == nil
}

// executed takes PTRACE_EVENT_EXEC. It comes from the leader's number; the
// thread that executed had its own, and vanishes without a word.
func (p *ptracer) executed(t *tracee) *tracee {
	var old uint64
	if t.proc.threads > 1 {
		old, _ = eventMessage(t.tid)
	}
	if was := p.tasks[int(old)]; was != nil && was != t {
		p.r.settle(t.task)
		delete(p.tasks, int(old))
		t.proc.threads--
		p.place.ended(int(old), t.tid)
		was.tid, was.text = t.tid, t.text
		p.tasks[t.tid] = was
		t = was
	}
	t.leave.call = nil
	p.r.execDone(t.task)
	return t
}

// eventMessage returns what comes with a stop at an event, false for a task that
// was killed meanwhile.
func eventMessage(tid int) (msg uint64, ok bool) {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GETEVENTMSG, uintptr(tid), 0, uintptr(unsafe.Pointer(&msg)), 0, 0)
	return msg, errno == 0
}

// seccompStop takes a stop that the filter asked for.
func (p *ptracer) seccompStop(t *tracee) {
	var info syscallInfo
	t.atEvent = true
	if t.inside || !p.info(t, &info) {
		p.goOn(t, 0) // the syscall-enter-stop before was enough, or it is dead
		return
	}
	p.enter(t, &info)
	t.inside = t.all || t.leave.call != nil // the next stop is after the call
}

// syscallStop takes a syscall-enter-stop or syscall-exit-stop.
func (p *ptracer) syscallStop(t *tracee) {
	var info syscallInfo
	t.atEvent = false
	if !p.info(t, &info) {
		p.goOn(t, 0)
		return
	}
	if info.op == unix.PTRACE_SYSCALL_INFO_ENTRY {
		t.inside = true
		p.enter(t, &info)
		return
	}
	t.inside = false
	if t.leave.call != nil {
		t.leave.result = int64(info.nr)
		p.r.leave(&t.leave)
		t.leave.call = nil
	}
	p.goOn(t, 0)
}

// enter hands a call to the recorder and does what that says.
func (p *ptracer) enter(t *tracee, info *syscallInfo) {
	e := event{t: t.task, abi: abiOf(info.arch, info.nr), nr: info.nr, args: info.args}
	if e.abi == nil {
		p.r.lacks("%s made system calls of an architecture that is not known: %#x.", t.proc.program, info.arch)
		p.goOn(t, 0)
		return
	}
	c, known := e.abi.call(info.nr)
	if c == nil {
		p.r.unknown(&e, known)
		p.goOn(t, 0)
		return
	}
	e.call = c
	if p.probed == nil {
		p.place.stopped(t, p.tasks)
	}
	switch p.r.enter(&e) {
	case awaitExit:
		t.leave = e
	case refuse:
		p.check(skipCall(t.tid), &e)
	case rewrite, nothing:
		p.check(setFirst(t.tid, e.abi, e.args[0]), &e)
	case watchAll:
		p.watched = true
		t.all = true
	case reveal:
		p.place.reveal(t)
	}
	if p.r.looked {
		p.r.looked = false
		p.place.reveal(t)
	}
	p.goOn(t, 0)
}

// check takes the failure of a change to a tracee's registers.
func (p *ptracer) check(err error, e *event) {
	if err != nil && err != unix.ESRCH {
		p.r.lacks("%s could not be kept from hiding what it does by %s: %v.", e.t.proc.program, e.call.name, err)
	}
}

// peekWord and pokeWord reach a tracee's memory. The raw call stores the word.
func peekWord(tid int, addr uint64) (uint64, error) {
	var word uint64
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_PEEKDATA, uintptr(tid), uintptr(addr), uintptr(unsafe.Pointer(&word)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return word, nil
}

func pokeWord(tid int, addr, word uint64) error {
	var b [8]byte
	binary.NativeEndian.PutUint64(b[:], word)
	_, err := unix.PtracePokeData(tid, uintptr(addr), b[:])
	return err
}

// statusField returns a field of /proc/PID/status.
func statusField(pid, name string) string {
	data, _ := os.ReadFile("/proc/" + pid + "/status")
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
