package tracer

import (
	"bytes"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A placement keeps the tracer and its tasks on one CPU while they run one at a
// time, as the processes of a shell script do. A stop then costs a fifth: waking
// another CPU is most of it. As soon as two of them run, or there are few stops,
// they have all CPUs. A task does not get to see it: it has its own affinity again
// before a call that asks for that.
type placement struct {
	last  *tracee // the task that stopped last
	mixed bool    // it is not the only one since
	since time.Time
	stops int // since then
	pace  atomic.Int64

	mu    sync.Mutex
	on    atomic.Bool
	own   unix.CPUSet // the affinity of the tracer's thread
	self  int         // and its number
	one   unix.CPUSet
	tasks map[int]unix.CPUSet // those that are placed, with the affinity that they had
}

const (
	// Tasks that make as many stops in that time are looked at.
	placeStops = 32
	placeTime  = 64 * time.Millisecond
	// More tasks than that are not.
	placeTasks = 8
	// Tasks that make fewer in that time compute, or wait.
	freeStops = 4
	freeEvery = 20 * time.Millisecond
)

// stopped counts a stop of t, one of tasks, before a call.
func (p *placement) stopped(t *tracee, tasks map[int]*tracee) {
	p.pace.Add(1)
	if p.last != t {
		p.last, p.mixed = t, true
		if len(tasks) > placeTasks {
			p.free()
		}
	}
	if p.on.Load() {
		p.place(t)
	}
	if p.stops++; p.stops < placeStops {
		return
	}
	now := time.Now()
	often := now.Sub(p.since) < placeTime
	switch {
	case p.mixed && (len(tasks) > placeTasks || anyRuns(t, tasks)):
		p.free()
	case often && !p.on.Load() && !t.unplaceable:
		p.begin()
		p.place(t)
	}
	p.stops, p.since, p.mixed = 0, now, false
}

// anyRuns tells whether any other task than t does.
func anyRuns(t *tracee, tasks map[int]*tracee) bool {
	for _, other := range tasks {
		if other != t && runs(other.procFile("stat")) {
			return true
		}
	}
	return false
}

// runs tells whether a task runs, or would if it were not stopped by its tracer,
// by its state in /proc/TID/stat (proc_pid_stat(5)).
func runs(stat string) bool {
	var buf [128]byte
	fd, err := unix.Open(stat, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	n, _ := unix.Read(fd, buf[:])
	unix.Close(fd)
	_, state, _ := bytes.Cut(buf[bytes.LastIndexByte(buf[:max(n, 0)], ')')+1:], []byte(" "))
	return len(state) > 0 && (state[0] == 'R' || state[0] == 't')
}

// begin keeps this thread on the CPU that it runs on.
func (p *placement) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	cpu, ok := currentCPU()
	if !ok || unix.SchedGetaffinity(0, &p.own) != nil || p.own.Count() < 2 {
		return
	}
	p.one.Zero()
	p.one.Set(cpu)
	if unix.SchedSetaffinity(0, &p.one) != nil {
		return
	}
	p.self, p.tasks = unix.Gettid(), map[int]unix.CPUSet{}
	p.on.Store(true)
}

// place keeps t on the same CPU as this thread.
func (p *placement) place(t *tracee) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, placed := p.tasks[t.tid]; placed || t.unplaceable || !p.on.Load() {
		return
	}
	var was, both unix.CPUSet
	if unix.SchedGetaffinity(t.tid, &was) != nil {
		return
	}
	for i := range was {
		both[i] = was[i] & p.one[i]
	}
	if was.Count() < 2 || both != p.one || unix.SchedSetaffinity(t.tid, &p.one) != nil {
		t.unplaceable = true
		return
	}
	p.tasks[t.tid] = was
	t.affinity = was
}

// currentCPU returns the CPU that this thread runs on.
func currentCPU() (int, bool) {
	var cpu uint32
	_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0)
	return int(cpu), errno == 0
}

// free gives back what was taken.
func (p *placement) free() {
	if !p.on.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for tid, was := range p.tasks {
		_ = unix.SchedSetaffinity(tid, &was)
	}
	_ = unix.SchedSetaffinity(p.self, &p.own)
	p.tasks = nil
	p.on.Store(false)
}

// forked makes a child known, which was placed like its parent. Where that has
// been freed since, the child is too.
func (p *placement) forked(parent, child *tracee) {
	p.inherits(parent, child)
	if p.on.Load() {
		p.place(parent)
	}
}

func (p *placement) inherits(parent, child *tracee) {
	if parent.affinity.Count() == 0 {
		return
	}
	child.affinity = parent.affinity
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, placed := p.tasks[parent.tid]; placed {
		p.tasks[child.tid] = child.affinity
		return
	}
	var has unix.CPUSet
	if unix.SchedGetaffinity(child.tid, &has) == nil && has == p.one {
		_ = unix.SchedSetaffinity(child.tid, &child.affinity)
	}
}

// ended forgets a task, or gives what is known of it to the one that takes its
// number (now, or 0).
func (p *placement) ended(tid, now int) {
	if !p.on.Load() {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if was, placed := p.tasks[tid]; placed && now != 0 {
		p.tasks[now] = was
	}
	delete(p.tasks, tid)
}

// reveal lets t see and change its affinity itself from now on.
func (p *placement) reveal(t *tracee) {
	t.unplaceable = true
	t.affinity.Zero()
	p.free()
}

// watch frees tasks that make few stops, until over is closed.
func (p *placement) watch(over <-chan struct{}) {
	last := p.pace.Load()
	for !waitFor(over, freeEvery) {
		now := p.pace.Load()
		if now-last < freeStops {
			p.free()
		}
		last = now
	}
	p.free()
}
