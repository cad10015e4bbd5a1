package doctor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ProbeOption is how a child is told what to try: doctor ProbeOption NAME.
const ProbeOption = "--probe"

// probed returns a check that tries a probe in a plain child.
func probed(name string) func(*Tools) (State, string) {
	return func(*Tools) (State, string) { return verdict(try(name, nil)) }
}

func verdict(err error) (State, string) {
	if err != nil {
		return Missing, "refused: " + err.Error()
	}
	return Works, "tried, works"
}

// child returns the command that runs a probe.
func child(name string, attr *syscall.SysProcAttr) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", "doctor", ProbeOption, name)
	cmd.Args[0] = os.Args[0]
	cmd.SysProcAttr = attr
	return cmd
}

// try runs a probe in a child and returns what the kernel said.
func try(name string, attr *syscall.SysProcAttr) error {
	text, err := child(name, attr).Output()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == probeFailed:
		return parseProbe(string(text))
	case errors.As(err, &exit):
		return fmt.Errorf("the child ended with %s", exit.ProcessState)
	case err != nil:
		return lastCause(err)
	}
	return nil
}

// parseProbe reads what a probe that failed printed: "OPERATION ERRNO".
func parseProbe(text string) error {
	op, number, _ := strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return fmt.Errorf("the child said %q", text)
	}
	return fmt.Errorf("%s: %w", op, unix.Errno(n))
}

// lastCause returns the errno in err, without the name of the child's file.
func lastCause(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) {
		return fmt.Errorf("start a child: %w", errno)
	}
	return err
}

// ptrace starts a child that asks to be traced, waits for the stop at its
// execve and sets the options that the tracer needs. The child never runs.
func ptrace(*Tools) (State, string) {
	state, text := verdict(tracedChild())
	if b, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope"); err == nil {
		text += ", yama ptrace_scope " + strings.TrimSpace(string(b))
	}
	return state, text
}

func tracedChild() error {
	runtime.LockOSThread() // ptrace answers to the thread that started the child
	defer runtime.UnlockOSThread()
	cmd := child("nothing", &syscall.SysProcAttr{Ptrace: true})
	if err := cmd.Start(); err != nil {
		return lastCause(err)
	}
	defer cmd.Wait() // it was killed
	defer cmd.Process.Kill()
	var status unix.WaitStatus
	if _, err := unix.Wait4(cmd.Process.Pid, &status, 0, nil); err != nil {
		return fmt.Errorf("wait4: %w", err)
	}
	if !status.Stopped() {
		return errors.New("the child did not stop")
	}
	const options = unix.PTRACE_O_EXITKILL | unix.PTRACE_O_TRACESECCOMP | unix.PTRACE_O_TRACEFORK
	if err := unix.PtraceSetOptions(cmd.Process.Pid, options); err != nil {
		return fmt.Errorf("set options: %w", err)
	}
	return nil
}

// asRoot maps the user to root in a new user namespace.
func asRoot(flags uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Cloneflags:  flags | unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}},
	}
}

func userNamespace(*Tools) (State, string) { return verdict(try("chroot", asRoot(0))) }

func mountNamespace(*Tools) (State, string) { return inMountNamespace("mount") }

func overlay(*Tools) (State, string) { return inMountNamespace("overlay") }

// inMountNamespace tries a probe in a mount namespace of its own: with this
// process's privileges, else with those that a user namespace gives.
func inMountNamespace(probe string) (State, string) {
	const flags = unix.CLONE_NEWNS | unix.CLONE_NEWPID
	first := try(probe, &syscall.SysProcAttr{Cloneflags: flags})
	if first == nil {
		return Works, "tried, works"
	}
	if err := try(probe, asRoot(flags)); err != nil {
		return Missing, "refused: " + first.Error()
	}
	return Works, "tried, works in a user namespace"
}
