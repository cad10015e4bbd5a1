package tester

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// The names by which this program knows what it was executed as.
const (
	supervisorName = "magicpak-test-supervisor"
	initName       = "magicpak-test-init"
	setupName      = "magicpak-test-setup"
)

// Marker is a path that is looked up just before the command is executed. What
// a tracer saw earlier was the making of the jail.
const Marker = "/.magicpak-test-begins-here"

// Statuses of the supervisor and the setup when the jail could not be made.
// The supervisor's report says why.
const statusJail = 125

// Stub must be the first call of main. It returns unless this process was
// executed to be part of a jail.
func Stub() {
	if len(os.Args) != 2 {
		return
	}
	role := map[string]func(*orders) int{supervisorName: supervise, initName: begin, setupName: setup}[os.Args[0]]
	if role == nil {
		return
	}
	// PR_SET_PDEATHSIG counts the death of the parent's thread, and
	// credentials belong to threads.
	runtime.LockOSThread()
	o, err := decodeOrders(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(statusJail)
	}
	os.Exit(role(o))
}

// step wraps an error of the setup with what was done.
func step(name string, err error) error {
	if err == nil {
		return nil
	}
	return &stepError{name, err}
}

// A stepError says which step of the setup did not work.
type stepError struct {
	step string
	err  error
}

func (e *stepError) Error() string { return e.step + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// asFailure makes err ready to be sent.
func asFailure(err error) *failure {
	if err == nil {
		return nil
	}
	f := &failure{Step: "set up the jail", Text: err.Error()}
	var s *stepError
	if errors.As(err, &s) {
		f.Step, f.Text = s.step, s.err.Error()
	}
	var errno unix.Errno
	if errors.As(err, &errno) {
		f.Errno = int(errno)
	}
	return f
}
