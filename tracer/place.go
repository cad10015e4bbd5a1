package tracer

import (
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A placement keeps the tracer and a task that stops often on one CPU, where a
// stop costs a fifth: waking another CPU is most of it. That holds as long as
// this task alone stops, and often; so a program that does several things at a
// time, or computes, has all CPUs. The task does not get to see it: it has its
// own affinity again before a call that asks for that, and so have its children.
type placement struct {
	streak *tracee // the task that made the last stops
	stops  int     // how many
	since  time.Time
	pace   atomic.Int64 // stops of the task that is placed

	mu  sync.Mutex
	tid int         // of the task that is placed, 0 for none
	was unix.CPUSet // the affinity that it had
	own unix.CPUSet // and this thread
}

const (
	// Of a task that makes as many stops in that time, the stops are most of
	// the work.
	placeStops = 64
	placeTime  = 32 * time.Millisecond
	// One that makes fewer in that time computes, or waits.
	freeStops = 16
	freeEvery = 20 * time.Millisecond
)

// stopped counts a stop of t before a call.
func (p *placement) stopped(t *tracee) {
	if p.streak != t {
		p.free()
		p.streak, p.stops, p.since = t, 0, time.Now()
	}
	p.stops++
	p.pace.Add(1)
	if p.stops < placeStops {
		return
	}
	now := time.Now()
	if now.Sub(p.since) < placeTime && !t.unplaceable {
		if !p.placed() {
			p.free()
		}
		p.place(t)
	}
	p.stops, p.since = 0, now
}

// place puts t on the CPU that this thread runs on, and keeps both there.
func (p *placement) place(t *tracee) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tid != 0 || p.own.Count() > 0 {
		return
	}
	var one unix.CPUSet
	cpu, ok := currentCPU()
	if !ok || unix.SchedGetaffinity(t.tid, &p.was) != nil || unix.SchedGetaffinity(0, &p.own) != nil {
		return
	}
	one.Set(cpu)
	if p.was.Count() < 2 || !p.was.IsSet(cpu) || unix.SchedSetaffinity(0, &one) != nil {
		return
	}
	if unix.SchedSetaffinity(t.tid, &one) != nil {
		_ = unix.SchedSetaffinity(0, &p.own)
		return
	}
	p.tid = t.tid
	t.affinity = p.was
}

// currentCPU returns the CPU that this thread runs on.
func currentCPU() (int, bool) {
	var cpu uint32
	_, _, errno := unix.RawSyscall(unix.SYS_GETCPU, uintptr(unsafe.Pointer(&cpu)), 0, 0)
	return int(cpu), errno == 0
}

// free gives back what place took. This thread's own affinity is left until
// the tracer's thread calls it.
func (p *placement) free() {
	p.release()
	if p.own.Count() > 0 {
		_ = unix.SchedSetaffinity(0, &p.own)
		p.own.Zero()
	}
}

func (p *placement) placed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tid != 0
}

func (p *placement) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tid != 0 {
		_ = unix.SchedSetaffinity(p.tid, &p.was)
		p.tid = 0
	}
}

// forked gives a child the affinity that its parent has but for the placement.
func (p *placement) forked(parent *tracee, child int) {
	if parent.affinity.Count() > 0 {
		_ = unix.SchedSetaffinity(child, &parent.affinity)
	}
}

// reveal lets t see and change its affinity itself from now on.
func (p *placement) reveal(t *tracee) {
	t.unplaceable = true
	t.affinity.Zero()
	p.free()
}

// watch frees a task that makes few stops, until over is closed.
func (p *placement) watch(over <-chan struct{}) {
	last := p.pace.Load()
	for !waitFor(over, freeEvery) {
		now := p.pace.Load()
		if now-last < freeStops {
			p.release()
		}
		last = now
	}
	p.release()
}
