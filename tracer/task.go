package tracer

import (
	"maps"
	"strconv"

	"golang.org/x/sys/unix"
)

// A process is a thread group of the tree.
type process struct {
	pid     int
	text    string // pid in decimal
	program string // path of its executable
	threads int    // that are known
	mem     int    // descriptor of its memory, 0 before it is opened

	// What it may not be asked for once it has changed its user: where it stood
	// and its root when those were last known, and what its descriptors of
	// directories are.
	cwd, root *node
	dirs      map[int]*node
}

// A task is one thread, as the kernel says.
type task struct {
	tid  int
	text string // tid in decimal
	proc *process

	view

	started bool       // has executed: what it did before was the stub's
	next    *execution // what the call that is under way would execute

	// What the call that is under way may change. It is settled at the task's
	// next event.
	changing []*node
	moving   bool // the view
	mounting bool // what lies behind all names
}

// A view is in which names, down from where and from where a task's look-ups go.
// It is good as long as gen is the recorder's views.
type view struct {
	names     *names
	root, cwd *node
	gen       uint64
}

func newTask(tid int, p *process) *task {
	return &task{tid: tid, text: strconv.Itoa(tid), proc: p}
}

// forked takes over what a child has of its parent.
func (p *process) forked(parent *process) {
	p.program, p.cwd, p.root, p.dirs = parent.program, parent.cwd, parent.root, maps.Clone(parent.dirs)
}

func newProcess(pid int, program string) *process {
	return &process{pid: pid, text: strconv.Itoa(pid), program: program}
}

// proc returns the path of a file that the kernel keeps for the task.
func (t *task) procFile(name string) string { return "/proc/" + t.text + "/" + name }

// An event is a system call of a task that stands before it, or after it.
type event struct {
	t      *task
	abi    *abi
	call   *call
	nr     uint64
	args   [6]uint64
	result int64 // after it; a negative one is an error number
	found  *node // what the call is on, where its end is awaited
}

// fd returns an argument that is a descriptor.
func (e *event) fd(arg int) int { return int(int32(e.args[arg])) }

// errno returns why the call failed, 0 when it did not.
func (e *event) errno() unix.Errno {
	if e.result < 0 && e.result > -pageSize {
		return unix.Errno(-e.result)
	}
	return 0
}

// A verdict is what a backend does with a task that stands before a call.
type verdict uint8

const (
	goOn      verdict = iota
	awaitExit         // stop it after the call too
	refuse            // let the call fail with ENOSYS
	rewrite           // the first argument was changed
	nothing           // likewise, so that the call does nothing and returns 0
	watchAll          // a filter may hide this task's calls from now on
	reveal            // show the task where it may run
)
