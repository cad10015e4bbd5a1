package tester

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A supervisor runs one test. It stays outside of the jail.
type supervisor struct {
	*orders
	outcome outcome
	first   int // process id of the first process in the jail
}

// supervise runs the test that o describes, writes the outcome to o.Report, and
// returns the command's status.
func supervise(o *orders) int {
	s := &supervisor{orders: o}
	status := s.run()
	b, err := json.Marshal(s.outcome)
	if err == nil {
		err = os.WriteFile(o.Report, b, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error: report of the test:", err)
		return statusJail
	}
	return status
}

func (s *supervisor) run() int {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	// Orphans of a bare chroot come to this process, so that they can be ended.
	unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	reports, err := s.start()
	if err != nil {
		s.outcome.Failed = asFailure(step("start the jail", err))
		return statusJail
	}
	begun := time.Now()
	status := s.wait(ended)
	s.outcome.Elapsed = time.Since(begun)
	s.outcome.Status, s.outcome.Signal = split(status)
	s.listen(reports)
	return s.outcome.Status
}

// split returns the status as a shell counts it, and the signal.
func split(w unix.WaitStatus) (status, signal int) {
	if w.Signaled() {
		return 128 + int(w.Signal()), int(w.Signal())
	}
	return w.ExitStatus(), 0
}

// start starts the setup process in its namespaces. What it reports is read
// from the returned file, which ends when the command is executed.
func (s *supervisor) start() (*os.File, error) {
	arg, err := s.encode()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	name := initName
	if s.Isolation == Chroot {
		name = setupName
	}
	if s.first, err = startSelf(name, arg, w, s.attributes()); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// startSelf executes this program again, in another role, with the pipe for
// reports at [reportFD].
func startSelf(name, arg string, pipe *os.File, a *syscall.SysProcAttr) (pid int, err error) {
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{name, arg}, Env: []string{}, Dir: "/",
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		ExtraFiles: []*os.File{pipe}, SysProcAttr: a,
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	return cmd.Process.Pid, nil
}

const namespaceFlags = unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWNET

// attributes say in which namespaces the first process starts. A session of
// its own keeps it from the terminal.
func (s *supervisor) attributes() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setsid: true, Pdeathsig: unix.SIGKILL}
	switch s.Isolation {
	case Namespaces:
		a.Cloneflags = namespaceFlags
	case UserNamespace:
		a.Cloneflags = namespaceFlags | unix.CLONE_NEWUSER
		mapUsers(a, s.User)
	}
	return a
}

// mapUsers makes users of this machine those of the new user namespace
// (user_namespaces(7)). Root gives it its own users. Others may give only
// themselves, as the user that runs the test; that user needs ambient
// capabilities for the setup when it is not 0.
func mapUsers(a *syscall.SysProcAttr, u User) {
	if os.Geteuid() == 0 {
		all := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 65536}}
		a.UidMappings, a.GidMappings, a.GidMappingsEnableSetgroups = all, all, true
		return
	}
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: u.UID, HostID: os.Geteuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: u.GID, HostID: os.Getegid(), Size: 1}}
	a.AmbientCaps = setupCaps
}

// wait waits for the command and ends what is left of it, at the time limit or
// when the supervisor is asked to end. It returns the command's status.
func (s *supervisor) wait(ended <-chan os.Signal) unix.WaitStatus {
	status := make(chan unix.WaitStatus, 1)
	none := make(chan struct{})
	go reap(s.first, status, none)
	var limit <-chan time.Time
	if s.Timeout > 0 {
		limit = time.After(s.Timeout)
	}
	select {
	case w := <-status:
		endTree(none)
		return w
	case <-limit:
		s.outcome.TimedOut = true
	case <-ended:
	}
	unix.Kill(s.first, unix.SIGKILL) // ends a pid namespace whole
	endTree(none)
	return <-status
}

// reap waits for all children, and for what becomes one, and sends the status
// of the first. It closes none when there is no child any more.
func reap(first int, status chan<- unix.WaitStatus, none chan<- struct{}) {
	for {
		var w unix.WaitStatus
		pid, err := unix.Wait4(-1, &w, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			close(none)
			return
		case pid == first && (w.Exited() || w.Signaled()):
			status <- w
		}
	}
}

// listen takes what the setup process reported.
func (s *supervisor) listen(reports *os.File) {
	defer reports.Close()
	for d := json.NewDecoder(reports); ; {
		var o outcome
		err := d.Decode(&o)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.outcome.Failed = asFailure(step("read the setup's report", err))
			}
			return
		}
		s.outcome.Limits = append(s.outcome.Limits, o.Limits...)
		if o.Failed != nil {
			s.outcome.Failed = o.Failed
		}
		if o.Signal != 0 {
			s.outcome.Signal = o.Signal
		}
	}
}
