package tester

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Jail is a case that is ready to be run once. End it with [Jail.Finish].
type Jail struct {
	orders
	folder string // holds the report
	before snapshot
}

// Prepare finds how the case can be run on this machine, by trying. The error
// is [ErrNotSupported], wrapped with the reason, where it cannot. Beside the
// case, scratch is a folder for a temporary file, "" for the default one.
func (c *Case) Prepare(scratch string) (*Jail, error) { return c.prepare(scratch, ways) }

// A way is one of making a jail.
type way struct {
	isolation Isolation
	scratch   bool
}

// ways are the best first.
var ways = []way{{Namespaces, true}, {UserNamespace, true}, {Namespaces, false}, {UserNamespace, false}, {Chroot, false}}

func (c *Case) prepare(scratch string, ways []way) (*Jail, error) {
	j := &Jail{orders: orders{Case: *c, Files: etcFiles()}}
	var err error
	if j.Root, err = filepath.Abs(c.Root); err != nil {
		return nil, fmt.Errorf("find the bundle: %w", err)
	}
	if j.folder, err = os.MkdirTemp(scratch, "magicpak-test-*"); err != nil {
		return nil, fmt.Errorf("make a folder for the test's report: %w", err)
	}
	j.Report = filepath.Join(j.folder, "report")
	if err = j.choose(ways); err != nil {
		os.RemoveAll(j.folder)
		return nil, err
	}
	j.Env = c.environment()
	return j, nil
}

// choose takes the first way that works.
func (j *Jail) choose(ways []way) error {
	var refused []string
	for _, w := range ways {
		j.Isolation, j.Scratch = w.isolation, w.scratch
		if !w.scratch && j.isMachine() {
			continue
		}
		err := j.try()
		if err == nil {
			return nil
		}
		// Two ways of the same isolation are mostly refused alike.
		if text := fmt.Sprintf("%s: %v", w.isolation, err); !slices.Contains(refused, text) {
			refused = append(refused, text)
		}
	}
	return fmt.Errorf("%w: %s", ErrNotSupported, strings.Join(refused, "; "))
}

// isMachine tells whether the directory is this machine's own root, in which
// nothing may be made and removed again.
func (j *Jail) isMachine() bool {
	root, err := os.Stat("/")
	dir, err2 := os.Stat(j.Root)
	return err != nil || err2 != nil || os.SameFile(root, dir)
}

// try looks at the directory, if the way writes to it, before it tries the way.
func (j *Jail) try() (err error) {
	if !j.Scratch && j.before.files == nil {
		if j.before, err = takeSnapshot(j.Root); err != nil {
			return err
		}
	}
	return j.probe()
}

// probe makes the jail without running anything in it.
func (j *Jail) probe() error {
	o := j.orders
	o.Probe, o.Timeout = true, probeTimeout
	arg, err := o.encode()
	if err != nil {
		return err
	}
	cmd := &exec.Cmd{Path: "/proc/self/exe", Args: []string{supervisorName, arg}, Env: []string{}, Dir: "/"}
	runErr := cmd.Run()
	result, err := j.outcome()
	switch {
	case err != nil:
		return errors.Join(runErr, err)
	case result.Failed != nil:
		return fmt.Errorf("%s: %s", result.Failed.Step, result.Failed.Text)
	}
	return runErr
}

const probeTimeout = 10 * time.Second

// outcome takes the supervisor's report.
func (j *Jail) outcome() (*outcome, error) {
	b, err := os.ReadFile(j.Report)
	if err != nil {
		return nil, fmt.Errorf("the test's supervisor did not report: %w", err)
	}
	defer os.Remove(j.Report)
	o := &outcome{}
	if err := json.Unmarshal(b, o); err != nil {
		return nil, fmt.Errorf("read the test's report: %w", err)
	}
	return o, nil
}

// Command returns what runs the test: an executable, its arguments with the
// name at 0, and an empty environment.
func (j *Jail) Command() (path string, args, env []string, err error) {
	arg, err := j.encode()
	return "/proc/self/exe", []string{supervisorName, arg}, []string{}, err
}

// Run runs the test. Its status is in what [Jail.Finish] returns; an error
// tells that it could not be run.
func (j *Jail) Run(ctx context.Context, stdio Stdio) error {
	path, args, env, err := j.Command()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Env, cmd.Dir = args, env, "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdio.In, stdio.Out, stdio.Err
	// The supervisor ends the tree before itself.
	cmd.Cancel = func() error { return cmd.Process.Signal(unix.SIGTERM) }
	cmd.WaitDelay = supervisorGrace
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return context.Cause(ctx)
	}
	return err
}

const supervisorGrace = 2 * time.Second

// Stdio are the standard streams of a test.
type Stdio struct {
	In       io.Reader // nil for an empty one
	Out, Err io.Writer // nil to discard
}

// A Result is how a test ended.
type Result struct {
	Isolation Isolation
	Status    int // exit status, or 128 + Signal
	Signal    unix.Signal
	TimedOut  bool
	Elapsed   time.Duration
	// ExecErrno says why the command could not be executed, 0 when it was.
	ExecErrno unix.Errno
	// Limits say, a sentence each, what a container has and the test had not.
	Limits []string
	// Changed are the files of the directory that the test changed or removed
	// and that could not be brought back. What it made was removed.
	Changed []string
}

// Finish takes away what the test left and returns how it ended. The error is
// a *JailError when the command was never executed.
func (j *Jail) Finish() (*Result, error) {
	defer os.RemoveAll(j.folder)
	r := &Result{Isolation: j.Isolation}
	if !j.Scratch {
		var err error
		if r.Changed, err = j.before.restore(); err != nil {
			return nil, err
		}
	}
	o, err := j.outcome()
	if err != nil {
		return nil, err
	}
	if f := o.Failed; f != nil && !f.Exec {
		return nil, &JailError{f.Step, f.Text}
	} else if f != nil {
		r.ExecErrno = unix.Errno(f.Errno)
	}
	r.Status, r.Signal, r.TimedOut, r.Elapsed, r.Limits = o.Status, unix.Signal(o.Signal), o.TimedOut, o.Elapsed, o.Limits
	return r, nil
}

// A JailError reports that the jail could not be made.
type JailError struct{ Step, Reason string }

func (e *JailError) Error() string { return fmt.Sprintf("set up the test: %s: %s", e.Step, e.Reason) }
