package tracer

import (
	"os"
	"strings"
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
//
// Most stops come soon. To let the runtime know of a wait, so that it gives this
// thread's processor to another and back, costs more than to serve a stop; and
// so it is not told at first. It takes the thread for one that computes, which it
// interrupts after 10 ms or when it collects garbage (quietly).
func wait(flags int) (stop, error) {
	var s stop
	if !interruptible {
		return s.wait(flags)
	}
	tid, _, errno := unix.RawSyscall6(unix.SYS_WAIT4, ^uintptr(0), uintptr(unsafe.Pointer(&s.status)),
		uintptr(waitFlags|flags), 0, 0, 0)
	if errno == 0 {
		s.tid = int(tid)
		return s, nil
	}
	if errno == unix.EINTR {
		return s.wait(flags)
	}
	return s, errno
}

// wait is the function of that name with the knowledge of Go's runtime.
func (s stop) wait(flags int) (stop, error) {
	for {
		tid, err := unix.Wait4(-1, &s.status, waitFlags|flags, nil)
		if err != unix.EINTR {
			s.tid = tid
			return s, err
		}
	}
}

// interruptible tells that Go's runtime interrupts threads, as it does unless
// its user asked otherwise.
var interruptible = !strings.Contains(os.Getenv("GODEBUG"), "asyncpreemptoff=1")

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

// Flags of a sigaction (include/uapi/asm-generic/signal-defs.h).
const (
	saNoCldStop = 1
	saRestart   = 0x10000000
)

// quietly prepares the signals of this process for tracing. SIGCHLD is not sent
// when a tracee stops, which wait4 tells anyway: each would run Go's signal
// handler. SIGURG, by which Go's runtime interrupts a thread that it takes for a
// running one, ends a wait of that thread.
func quietly() (restore func()) {
	chld := changeFlags(unix.SIGCHLD, saNoCldStop, 0)
	urg := changeFlags(unix.SIGURG, 0, saRestart)
	return func() { urg(); chld() }
}

// changeFlags changes the flags with which a signal is handled. The returned
// function restores what was.
func changeFlags(sig unix.Signal, set, clear uint64) (restore func()) {
	var was sigaction
	if !changeAction(sig, nil, &was) {
		return func() {}
	}
	other := was
	other.flags = other.flags&^clear | set
	changeAction(sig, &other, nil)
	return func() { changeAction(sig, &was, nil) }
}

func changeAction(sig unix.Signal, set, old *sigaction) bool {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	return errno == 0
}
