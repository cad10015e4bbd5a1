package tracer

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A tree is the set of processes that a run consists of now. The backend keeps
// it, and who stops the run reads it.
type tree struct {
	killing atomic.Bool // whatever stops is killed, and not let go on
	stopped atomic.Bool

	mu    sync.Mutex
	group int // the process group of the first process, 0 before there is one
	pids  map[int]bool
	seen  int // processes that there were

	// others, where it is set, finds processes that the backend may not know.
	others func() []int
	slay   func() // kills them
}

func newTree() *tree { return &tree{pids: map[int]bool{}} }

func (t *tree) add(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.pids[pid] {
		t.seen++
	}
	t.pids[pid] = true
}

func (t *tree) remove(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.pids, pid)
}

// lead makes pid the first process.
func (t *tree) lead(pid int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.group = pid
}

// leader returns the first process, 0 before there is one.
func (t *tree) leader() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.group
}

func (t *tree) processes() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.seen
}

func (t *tree) kill(pid int) { _ = unix.Kill(pid, unix.SIGKILL) }

// signalGroup sends a signal to the first process's group, and lets it go on
// where it is stopped.
func (t *tree) signalGroup(sig unix.Signal) {
	if group := t.leader(); group > 0 {
		_ = unix.Kill(-group, sig)
		_ = unix.Kill(-group, unix.SIGCONT)
	}
}

// signalAll sends a signal to every process.
func (t *tree) signalAll(sig unix.Signal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := slices.Collect(maps.Keys(t.pids))
	switch {
	case t.slay != nil && sig == unix.SIGKILL:
		t.slay()
	case t.others != nil:
		all = t.others()
	}
	for _, pid := range all {
		_ = unix.Kill(pid, sig)
		if sig != unix.SIGKILL {
			_ = unix.Kill(pid, unix.SIGCONT)
		}
	}
}

// The times that a run has to end by itself: its group after the signal, and
// then what has left the group. Tests shorten them.
var (
	groupGrace = 5 * time.Second
	restGrace  = 2 * time.Second
)

const killEvery = 50 * time.Millisecond

// stop ends the run: with sig for the group, then for all, then with SIGKILL,
// until over is closed. Tasks that stop from then on are not let go on, so that
// killing is faster than forking.
func (t *tree) stop(sig unix.Signal, over <-chan struct{}) {
	t.signalGroup(sig)
	if waitFor(over, groupGrace) {
		return
	}
	t.signalAll(sig)
	if waitFor(over, restGrace) {
		return
	}
	t.killing.Store(true)
	for {
		t.signalAll(unix.SIGKILL)
		if waitFor(over, killEvery) {
			return
		}
	}
}

func waitFor(over <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-over:
		return true
	case <-timer.C:
		return false
	}
}
