package tracer

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A stop is what wait4 reported of one tracee.
type stop struct {
	tid    int
	status unix.WaitStatus
}

// event returns the PTRACE_EVENT_ of the stop, 0 for another kind.
func (s stop) event() int { return int(s.status) >> 16 & 0xff }

func (s stop) signal() unix.Signal { return s.status.StopSignal() }

// sysgood marks the signal of a syscall-stop (PTRACE_O_TRACESYSGOOD).
const sysgood = 0x80

// isGroupStop tells whether an event stop is that of a task which is stopped
// as job control has it.
func (s stop) isGroupStop() bool {
	switch s.signal() {
	case unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU:
		return s.event() == unix.PTRACE_EVENT_STOP
	}
	return false
}

// waitFlags take all children of this thread and none of others: magicpak may
// run commands of its own meanwhile.
const waitFlags = unix.WALL | unix.WNOTHREAD

// wait waits for a change of any tracee's state, or with WNOHANG only looks for
// one; there is none where the tid is 0. Its error is ECHILD when there are no
// tracees.
func wait(flags int) (stop, error) {
	for {
		var s stop
		tid, err := unix.Wait4(-1, &s.status, waitFlags|flags, nil)
		if err != unix.EINTR {
			s.tid = tid
			return s, err
		}
	}
}

// hasChildren tells whether this thread has children or tracees, zombies
// included.
func hasChildren() bool {
	return unix.Waitid(unix.P_ALL, 0, nil, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT|waitFlags, nil) != unix.ECHILD
}

// A sigaction is the kernel's (rt_sigaction(2)).
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

const saNoCldStop = 1 // SA_NOCLDSTOP, include/uapi/asm-generic/signal-defs.h

// ignoreStops asks the kernel not to send SIGCHLD when a tracee stops, which
// wait4 tells anyway: each would run Go's signal handler. The returned function
// restores what was.
func ignoreStops() (restore func()) {
	var was sigaction
	if !changeAction(nil, &was) {
		return func() {}
	}
	quiet := was
	quiet.flags |= saNoCldStop
	changeAction(&quiet, nil)
	return func() { changeAction(&was, nil) }
}

func changeAction(set, old *sigaction) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return errno == 0
}
