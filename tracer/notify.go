package tracer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A notifier is the backend that a seccomp filter notifies of system calls
// (SECCOMP_RET_USER_NOTIF). Tasks wait in the kernel until it lets them go on;
// nothing else of them changes, so they keep their signals and may use ptrace
// themselves. It sees calls before they are made, never after: what a call
// changes is settled at the task's next one, and an execution that should work
// is taken for one that did. Births and deaths are not told: a task is known
// from its first call on and looked at anew every second, before its number
// can be another's.
type notifier struct {
	r       *recorder
	tree    *tree
	l       listener
	tasks   map[int]*task
	procs   map[int]*process
	looked  time.Time
	started bool  // the command was executed
	hidden  error // why another one has to be
}

// errHidden is that a tracee does what hides calls from this backend.
var errHidden = errors.New("seccomp notifications cannot show everything")

func newNotifier(r *recorder, t *tree, l listener) *notifier {
	r.mem = &memory{}
	r.loses = !hasCapability(unix.CAP_SYS_ADMIN)
	return &notifier{r: r, tree: t, l: l, tasks: map[int]*task{}, procs: map[int]*process{}, looked: time.Now()}
}

// loop serves the tasks until there are none.
func (n *notifier) loop() error {
	for n.hidden == nil {
		more, err := n.l.wait()
		if err != nil || !more {
			return err
		}
		if err := n.receive(); err != nil {
			return err
		}
		n.forget()
	}
	return n.hidden
}

// receive takes the notification that is there.
func (n *notifier) receive() error {
	var q notification
	switch errno := n.l.receive(&q); errno {
	case 0:
		n.handle(&q)
	case unix.ENOENT, unix.EINTR: // the task was killed, or interrupted
	default:
		return fmt.Errorf("receive a system call: %w", errno)
	}
	return nil
}

// handle takes one call that a task stands before.
func (n *notifier) handle(q *notification) {
	if n.tree.killing.Load() {
		n.tree.kill(int(q.tid))
		return
	}
	n.r.mem.confirm = func() bool { return n.l.valid(q.id) }
	t := n.task(int(q.tid))
	if t == nil {
		return // it is dead
	}
	e := &event{t: t, abi: abiOf(q.arch, uint64(uint32(q.nr))), nr: uint64(uint32(q.nr)), args: q.args}
	switch n.enter(e) {
	case refuse:
		n.l.refuse(q.id, unix.ENOSYS)
	case nothing:
		n.l.refuse(q.id, 0)
	default:
		n.l.goOn(q.id)
	}
}

// enter hands a call to the recorder.
func (n *notifier) enter(e *event) verdict {
	if e.abi == nil {
		n.r.lacks("%s made system calls of an architecture that is not known.", e.t.proc.program)
		return goOn
	}
	e.cut()
	c, known := e.abi.call(e.nr)
	if c == nil {
		n.r.unknown(e, known)
		return goOn
	}
	e.call = c
	unreadable := n.r.unreadable
	v := n.r.enter(e)
	n.started = n.started || e.t.started
	if n.r.holds && n.r.unreadable > unreadable {
		n.hides(e, "it runs as another user")
	}
	switch v {
	case watchAll:
		n.hides(e, "it lets a filter of its own decide on calls")
	case awaitExit:
		n.hides(e, "only the result of the call shows the file")
	}
	if e.t.next != nil {
		n.r.execAssumed(e.t)
	}
	return v
}

// hides ends a run that another backend can see and this one cannot.
func (n *notifier) hides(e *event, why string) {
	n.hidden = fmt.Errorf("%w: %s called %s: %s", errHidden, e.t.proc.program, e.call.name, why)
}

// cut drops the halves of arguments that a 32-bit program does not have.
func (e *event) cut() {
	if e.abi.words != 4 {
		return
	}
	for i := range e.args {
		e.args[i] = uint64(uint32(e.args[i]))
	}
}

// task returns what is known of a task, nil when it is dead.
func (n *notifier) task(tid int) *task {
	if t := n.tasks[tid]; t != nil {
		return t
	}
	pid, ok := processOf(tid)
	if !ok {
		return nil
	}
	p := n.procs[pid]
	if p == nil {
		p = newProcess(pid, "")
		exe, _ := readlink("/proc/" + p.text + "/exe")
		p.program = strings.TrimSuffix(exe, " (deleted)")
		n.procs[pid] = p
		n.tree.add(pid)
	}
	t := newTask(tid, p)
	t.started = n.started
	n.tasks[tid] = t
	if p.mem == 0 {
		n.r.holdMemory(t)
	}
	return t
}

// processOf returns the process of a thread, false for one that is dead. Most
// are the first ones of their process, which a signal that is none finds out at
// a fiftieth of what reading /proc/TID/status takes.
func processOf(tid int) (pid int, ok bool) {
	if unix.Tgkill(tid, tid, 0) != unix.ESRCH {
		return tid, true
	}
	pid, err := strconv.Atoi(statusField(strconv.Itoa(tid), "Tgid:"))
	return pid, err == nil
}

// lookAgain is how long a number is taken for the same task. Numbers are given
// in turn, so that none comes again in that time.
const lookAgain = time.Second

// forget drops what is known of tasks, but for calls whose effect is open.
func (n *notifier) forget() {
	if time.Since(n.looked) < lookAgain {
		return
	}
	busy := map[*process]bool{}
	for tid, t := range n.tasks {
		if t.busy() && unix.Access(t.procFile("."), unix.F_OK) == nil {
			busy[t.proc] = true
			continue
		}
		n.r.settle(t)
		delete(n.tasks, tid)
	}
	for pid, p := range n.procs {
		if busy[p] || n.r.holds && p.mem > 0 && unix.Kill(pid, 0) == nil {
			continue
		}
		n.r.ended(p)
		delete(n.procs, pid)
		if unix.Kill(pid, 0) == unix.ESRCH {
			n.tree.remove(pid)
		}
	}
	n.looked = time.Now()
}

// busy tells whether the task's last call may still be under way and change
// something.
func (t *task) busy() bool { return len(t.changing) > 0 || t.moving || t.mounting }

// execAssumed takes an execution that should work for one that did.
func (r *recorder) execAssumed(t *task) {
	x := t.next
	t.next = nil
	t.proc.closeMemory()
	t.proc.program = x.file.path
	r.executed(t, x)
	r.privileges(t, x.file)
}

// canNotify tells why calls cannot be notified here, "" when they can.
func canNotify() string {
	action := uint32(unix.SECCOMP_RET_USER_NOTIF)
	_, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_GET_ACTION_AVAIL, 0, uintptr(unsafe.Pointer(&action)))
	if errno != 0 {
		return fmt.Sprintf("the kernel has no seccomp notifications: %v", errno)
	}
	return ""
}
