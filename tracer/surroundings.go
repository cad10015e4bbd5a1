package tracer

import (
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A shared is a state of this process that runs need, set by the first and
// restored by the last of those at the same time.
type shared struct {
	set func() (restore func())

	mu      sync.Mutex
	holders int
	restore func()
}

// surroundings are what runs need of this process.
var surroundings = shared{set: func() (restore func()) {
	signals, orphans, processor := quietly(), adoptOrphans(), spareProcessor()
	return func() { processor(); orphans(); signals() }
}}

func hold(s *shared) (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders++; s.holders == 1 {
		s.restore = s.set()
	}
	return s.release
}

func (s *shared) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holders--; s.holders == 0 {
		s.restore()
	}
}

// spareProcessor makes sure that Go's runtime has a processor beside the one that
// the tracer's thread keeps while it waits: a tracee may wait for its output to be
// read.
func spareProcessor() (restore func()) {
	if runtime.GOMAXPROCS(0) > 1 {
		return func() {}
	}
	runtime.GOMAXPROCS(2)
	return func() { runtime.GOMAXPROCS(1) }
}

// adoptOrphans makes this process the parent of descendants whose own has
// ended, so that they are waited for. The returned function undoes that.
func adoptOrphans() (restore func()) {
	var was int32
	_ = unix.Prctl(unix.PR_GET_CHILD_SUBREAPER, uintptr(unsafe.Pointer(&was)), 0, 0, 0)
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	return func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, uintptr(was), 0, 0, 0) }
}
