package tracer

import (
	"encoding/json"
	"io"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// stubName is the name under which this executable is started again as the
// process that becomes the tracee.
const stubName = "magicpak-tracee-stub"

// The descriptors that the stub is started with beside the standard ones.
const (
	ordersFD = 3 // to read the orders from; its end says that the stub is seized
	answerFD = 4 // to say on why nothing was executed
)

// Orders are what the stub is to do.
type orders struct {
	Path   []byte
	Args   [][]byte
	Env    [][]byte
	Filter string // the filter to install, one of filters; "" for none
	Notify bool   // it notifies, and the listener goes to the socket stubFD
	Keep   bool   // be the keeper of the tracees
	child  int    // of the keeper
	Probe  bool   // execute nothing, look at the root directory once

	Terminal bool // standard input is a terminal: become its foreground group
}

// An answer is what the stub says on answerFD.
type answer struct {
	NoNewPrivs bool   // had to be set for the filter
	Step       string // what did not work: "filter" or "execute"; or stepEnded
	Errno      unix.Errno
	Text       string // more about it
	Status     uint32 // with stepEnded: of the first process, as wait4 has it
}

// The kernel seizes one thread. That must be the one that installs the filter
// and executes, and there is a choice only before main starts.
func init() {
	if isStub() {
		runtime.LockOSThread()
	}
}

func isStub() bool { return len(os.Args) > 0 && os.Args[0] == stubName }

// Stub does not return in a process that [Run] started to become the tracee.
// In any other it does nothing. A program that calls Run calls Stub first of all.
func Stub() {
	if !isStub() {
		return
	}
	var o orders
	a := answer{Step: "orders", Errno: unix.EINVAL}
	data, err := io.ReadAll(os.NewFile(ordersFD, "orders"))
	if err == nil && json.Unmarshal(data, &o) == nil {
		if o.Keep {
			o.keep()
		}
		a = o.follow()
	}
	a.send()
	os.Exit(127)
}

// follow returns only when nothing was executed.
func (o *orders) follow() answer {
	unix.CloseOnExec(ordersFD)
	unix.CloseOnExec(answerFD)
	if o.Notify {
		unix.CloseOnExec(stubFD)
	}
	var a answer
	if o.Filter != "" {
		var errno unix.Errno
		if a.NoNewPrivs, errno = o.installFilter(); errno != 0 {
			return answer{Step: "filter", Errno: errno}
		}
	}
	if o.Probe {
		_ = unix.Access("/", unix.F_OK)
		return a
	}
	if a.NoNewPrivs {
		a.send()
	}
	if o.Terminal {
		takeTerminal(0, unix.Getpid())
	}
	if o.Filter == filterAlterations {
		_ = unix.Access(startMark, unix.F_OK)
	}
	err := syscall.Exec(string(o.Path), texts(o.Args), texts(o.Env))
	errno, _ := err.(syscall.Errno)
	return answer{Step: "execute", Errno: errno}
}

func (a answer) send() {
	data, _ := json.Marshal(a)
	_, _ = unix.Write(answerFD, append(data, '\n'))
}

// stepEnded is what the keeper says when the first process has ended.
const stepEnded = "ended"

// installFilter installs a filter for the calling thread. Without CAP_SYS_ADMIN
// the kernel demands that the thread gives up gaining privileges (seccomp(2)).
func (o *orders) installFilter() (noNewPrivs bool, errno unix.Errno) {
	install := loadFilter
	if o.Notify {
		install = loadListener
	}
	wanted := filters[o.Filter]
	if errno = install(wanted); errno != unix.EACCES {
		return false, errno
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return false, unix.EACCES
	}
	return true, install(wanted)
}

func loadFilter(wanted func(*call) *condition) unix.Errno {
	_, errno := setFilter(seccompFilter(unix.SECCOMP_RET_TRACE, wanted), 0)
	return errno
}

// loadListener installs a filter that notifies and hands its listener on. A
// notified task can be interrupted by what kills it alone, where the kernel has
// that (Linux 5.19): a storm of signals then does not let calls start again.
func loadListener(wanted func(*call) *condition) unix.Errno {
	code := seccompFilter(unix.SECCOMP_RET_USER_NOTIF, wanted)
	l, errno := setFilter(code, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER|unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV)
	if errno == unix.EINVAL {
		l, errno = setFilter(code, unix.SECCOMP_FILTER_FLAG_NEW_LISTENER)
	}
	if errno != 0 {
		return errno
	}
	err := sendFile(stubFD, l, 0)
	unix.Close(l)
	errno, _ = err.(unix.Errno)
	return errno
}

func setFilter(code []unix.SockFilter, flags uintptr) (fd int, errno unix.Errno) {
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	r, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&prog)))
	return int(r), errno
}

func texts(list [][]byte) []string {
	out := make([]string, len(list))
	for i, b := range list {
		out[i] = string(b)
	}
	return out
}

func bytesOf(list []string) [][]byte {
	out := make([][]byte, len(list))
	for i, s := range list {
		out[i] = []byte(s)
	}
	return out
}
