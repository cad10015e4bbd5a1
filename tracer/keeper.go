package tracer

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The keeper is a process between magicpak and the tracees where nothing traces
// them: notifications hold no task when their receiver dies. It is the parent of
// all whose own has ended, waits for them, and ends them all when magicpak is
// gone. Until then it holds the listener too, so that in the meantime their
// calls wait, where else they would fail with ENOSYS.

// The descriptors that only the keeper has, and the tracee's stub below it.
const (
	lifeFD   = 5 // its end says that magicpak is gone, or wants everything ended
	keeperFD = 6 // socket to hand the listener to magicpak
	stubFD   = 5 // socket to hand the listener to the keeper
)

// keep does not return.
func (o *orders) keep() {
	a := answer{Step: "keeper", Errno: unix.EINVAL}
	if err := o.start(); err != nil {
		a.Text = err.Error()
		a.send()
		go endAll()
	}
	reap(o.child)
	os.Exit(0)
}

// start starts the stub below the keeper and hands its listener on.
func (o *orders) start() error {
	for _, fd := range []int{ordersFD, answerFD, lifeFD, keeperFD} {
		unix.CloseOnExec(fd)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of orphans: %w", err)
	}
	go endWithMagicpak()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := o.fork(pair[1]); err != nil {
		return err
	}
	unix.Close(pair[1])
	l, _, err := receiveFile(pair[0], "listener")
	if err != nil {
		return nil // the stub has said why
	}
	return sendFile(keeperFD, int(l.Fd()), o.child)
}

// fork starts the stub with its orders.
func (o *orders) fork(socket int) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	o.child, err = syscall.ForkExec("/proc/self/exe", []string{stubName}, &syscall.ProcAttr{
		Env:   stubEnv,
		Files: []uintptr{0, 1, 2, r.Fd(), answerFD, uintptr(socket)},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	r.Close()
	if err != nil {
		return fmt.Errorf("start the tracee: %w", err)
	}
	defer w.Close()
	below := *o
	below.Keep = false
	return json.NewEncoder(w).Encode(below)
}

// reap waits for all descendants, and says how the first one ended.
func reap(first int) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return
		}
		if pid == first {
			answer{Step: stepEnded, Status: uint32(status)}.send()
		}
	}
}

func endWithMagicpak() {
	_, _ = io.Copy(io.Discard, os.NewFile(lifeFD, "life"))
	endAll()
}

// endAll kills all descendants until the process has waited for the last one,
// and ends.
func endAll() {
	for ; ; time.Sleep(10 * time.Millisecond) {
		killBelow(os.Getpid())
	}
}

// killBelow kills the descendants of pid, and their process groups: where each
// process starts another one and ends, no number is right for long, but the
// group is, and a fork cannot slip out of it.
func killBelow(pid int) {
	var spared []int
	for _, p := range []int{0, pid, unix.Getppid()} {
		group, _ := unix.Getpgid(p)
		spared = append(spared, group)
	}
	for _, p := range below(pid) {
		_ = unix.Kill(p.pid, unix.SIGKILL)
		if p.group > 1 && !slices.Contains(spared, p.group) {
			_ = unix.Kill(-p.group, unix.SIGKILL)
		}
	}
}

// descendants returns the processes below pid, zombies left out.
func descendants(pid int) []int {
	var list []int
	for _, p := range below(pid) {
		list = append(list, p.pid)
	}
	return list
}

// A relative is a process, by its place among others.
type relative struct{ pid, parent, group int }

// below returns the processes below pid, zombies left out.
func below(pid int) []relative {
	children := map[int][]relative{}
	for _, child := range numbersIn("/proc") {
		if r, ok := relativeOf(child); ok {
			children[r.parent] = append(children[r.parent], r)
		}
	}
	list := slices.Clone(children[pid])
	for i := 0; i < len(list); i++ {
		list = append(list, children[list[i].pid]...)
	}
	return list
}

// relativeOf reads /proc/PID/stat of a process that lives.
func relativeOf(pid int) (r relative, ok bool) {
	data, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	text := string(data)
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 3 || fields[0] == "Z" || fields[0] == "X" {
		return r, false
	}
	parent, err := strconv.Atoi(fields[1])
	group, err2 := strconv.Atoi(fields[2])
	return relative{pid, parent, group}, err == nil && err2 == nil
}
