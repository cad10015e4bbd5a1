package tracer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNotSupported is what no tracer working on this machine is reported with.
var ErrNotSupported = errors.New("tracing is not possible here")

// ErrCrowded is what a command is ended with that multiplies without end.
var ErrCrowded = errors.New("the command has too many threads")

// A Command is what to run.
type Command struct {
	Path string   // of the executable
	Args []string // with the name at 0
	Env  []string
	Dir  string // "" for the working directory

	Stdin          io.Reader // nil for an empty input
	Stdout, Stderr io.Writer // nil to discard
}

// Options say how a command is run.
type Options struct {
	// Backend is "auto" or the name of one.
	Backend string
	// Scratch is a directory for the earlier contents of files that the run
	// changes. It must be on a writable file system and is the caller's.
	Scratch string
	// Timeout stops the run with Signal after that time, 0 for never. A run
	// stopped so is no failure.
	Timeout time.Duration
	Signal  unix.Signal // 0 for SIGTERM
	// Stop, where it is not nil, stops the run in the same way when closed.
	Stop <-chan struct{}
	// Again, where it is not nil, is called before the command is run a
	// second time, because the first run turned out to hide something from the
	// backend: what it wrote so far is to be dropped.
	Again func()
	// Outlived, where it is not nil, is called once when the first process has
	// ended and others go on for two seconds and more.
	Outlived func()
	// Progress, where it is not nil, is called now and then with the numbers
	// of paths and processes seen so far.
	Progress func(paths, processes int)
}

// An ExecError reports that the command could not be executed.
type ExecError struct {
	Path        string
	Interpreter string // what the file asks for, where that is missing
	Err         error
}

func (e *ExecError) Error() string {
	if e.Interpreter != "" {
		return fmt.Sprintf("execute %s: its interpreter %s: %v", e.Path, e.Interpreter, e.Err)
	}
	return fmt.Sprintf("execute %s: %v", e.Path, e.Err)
}

// Unwrap returns the cause, a [unix.Errno].
func (e *ExecError) Unwrap() error { return e.Err }

// Run runs c until it and all its descendants have ended, and returns what
// they touched. Descendants that live on when the first process has ended are
// waited for: a run of a daemon needs a Timeout, a Stop, or the end of ctx.
// Each ends the run by o.Signal for the first process's group, after five
// seconds for all that is left, and after two more by SIGKILL. The end of ctx
// makes Run return its cause.
//
// The error is [ErrNotSupported], wrapped with the reason, when nothing was run
// because no tracer works here, and an [*ExecError] when the command could not
// be executed. A status other than 0 is no error.
//
// Programs that call Run call [Stub] first of all.
func Run(ctx context.Context, c Command, o Options) (*Profile, error) {
	run := backends[o.Backend]
	if run == nil {
		return nil, fmt.Errorf("%w: there is no backend %s", ErrNotSupported, o.Backend)
	}
	type outcome struct {
		profile *Profile
		err     error
	}
	done := make(chan outcome, 1)
	go alone(func() {
		p, err := run(ctx, c, o)
		done <- outcome{p, err}
	})
	out := <-done
	return out.profile, out.err
}

// alone calls f, as the last thing that a goroutine does, on an OS thread whose
// children are all f's: f may wait for any child of its thread. A process that
// was started before belongs to the thread that started it, and an orphan to the
// main thread. The thread ends with f, and with it whatever it may still trace
// (PTRACE_O_EXITKILL).
func alone(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() && !hasChildren() {
		f()
		return
	}
	over := make(chan struct{})
	go alone(func() {
		defer close(over)
		f()
	})
	<-over // until then this thread is not taken again
	runtime.UnlockOSThread()
}

// The names of ptrace without a filter, and as it is on kernels before 5.3.
const (
	ptraceAll       = "ptrace-all"
	ptraceRegisters = "ptrace-registers"
)

// backends run a command, by the names that Options.Backend takes.
var backends = map[string]func(context.Context, Command, Options) (*Profile, error){
	"": runAuto, "auto": runAuto, "ptrace": runPtrace, ptraceAll: runPtraceAll, ptraceRegisters: runPtrace, "notify": runNotify, backendProbe: runProbed,
}

// runAuto takes ptrace, which alone works everywhere, leaves a program as it is
// and runs it once (see the package comment).
func runAuto(ctx context.Context, c Command, o Options) (*Profile, error) {
	return runPtrace(ctx, c, o)
}

// rereadable tells whether the command's input can be read twice.
func (c Command) rereadable() bool {
	if c.Stdin == nil {
		return true
	}
	s, ok := c.Stdin.(io.Seeker)
	if ok {
		_, err := s.Seek(0, io.SeekCurrent)
		ok = err == nil
	}
	return ok
}

// rewind makes the input of a command what it was at first.
func (c Command) rewind() error {
	if c.Stdin == nil {
		return nil
	}
	s, ok := c.Stdin.(io.Seeker)
	if ok {
		_, err := s.Seek(0, io.SeekStart)
		ok = err == nil
	}
	if !ok {
		return fmt.Errorf("%w: the command must be run again, and its input cannot be read twice", errHidden)
	}
	return nil
}

// runNotify runs c with notifications, and again under ptrace where they cannot
// show everything.
func runNotify(ctx context.Context, c Command, o Options) (*Profile, error) {
	if why := canNotify(); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrNotSupported, why)
	}
	s := newSession(c, o)
	p, err := s.notified(ctx)
	switch {
	case errors.Is(err, errNoFilter):
		return nil, fmt.Errorf("%w: %w", ErrNotSupported, err)
	case !errors.Is(err, errHidden):
		return p, err
	}
	if err := c.rewind(); err != nil {
		return nil, err
	}
	if o.Again != nil {
		o.Again()
	}
	// What the first run made is not taken for what was there before.
	s.rec.unreadable = 0
	return ptraced(ctx, c, o, s.rec)
}
