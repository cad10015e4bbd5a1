package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// An exercise is a shell command that runs beside an observed program.
type exercise struct {
	job    *job
	cmd    *exec.Cmd
	cancel context.CancelFunc
	output tail
	ended  chan struct{} // closed at its end
	err    error         // valid then
	stop   chan struct{} // closed with it, unless another one has taken its place
	past   atomic.Bool   // one has
}

// An exerciseError reports an exercise that failed.
type exerciseError struct {
	command string
	reason  string
	output  []string // the last lines of the exercise
	program []string // and of the program
}

func (e *exerciseError) Error() string {
	return fmt.Sprintf("--dynamic-exercise %s: %s", shellQuote(e.command), e.reason)
}

// startExercise starts what exercises j, and closes stop when that has ended.
func startExercise(ctx context.Context, j *job, stop chan struct{}) *exercise {
	x := &exercise{job: j, ended: make(chan struct{}), stop: stop}
	ctx, x.cancel = context.WithCancel(ctx)
	x.cmd = exec.CommandContext(ctx, theShell, "-c", j.exercise)
	x.cmd.Env, x.cmd.Dir = j.command.Env, j.command.Dir
	out := j.tee(&x.output)
	x.cmd.Stdout, x.cmd.Stderr = out, out
	// A group of its own, so that what the shell started ends with it.
	x.cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true, Pdeathsig: unix.SIGKILL}
	x.cmd.Cancel = func() error { return unix.Kill(-x.cmd.Process.Pid, unix.SIGKILL) }
	x.cmd.WaitDelay = time.Second
	go func() {
		x.err = x.cmd.Run()
		close(x.ended)
		if !x.past.Load() {
			close(x.stop)
		}
	}()
	return x
}

// again starts the exercise anew, because the program is.
func (x *exercise) again(ctx context.Context) *exercise {
	x.past.Store(true)
	x.end(0)
	return startExercise(ctx, x.job, x.stop)
}

// end gives the exercise grace to end by itself, then ends it. It tells whether
// it had ended by itself.
func (x *exercise) end(grace time.Duration) bool {
	done := x.wait(grace)
	x.cancel()
	<-x.ended
	return done
}

// wait waits for the exercise at most for that time.
func (x *exercise) wait(most time.Duration) bool {
	select {
	case <-x.ended:
		return true
	default:
	}
	select {
	case <-x.ended:
		return true
	case <-time.After(most):
		return false
	}
}

func (x *exercise) failure(reason string) error {
	var exit *exec.ExitError
	if errors.As(x.err, &exit) && reason == x.err.Error() {
		reason = exit.ProcessState.String()
	}
	return &exerciseError{
		command: x.job.exercise, reason: reason,
		output: x.output.lines(maxErrorLines), program: x.job.err.lines(maxErrorLines),
	}
}
