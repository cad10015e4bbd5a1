package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/tester"
	"magicpak/tracer"
)

// A job is one run of a program that is observed.
type job struct {
	*dynamicPlan
	command  tracer.Command
	scratch  string
	show     bool          // the program's output
	out, err tail          // the ends of what it wrote
	stdout   tester.Output // the beginning, too
	ended    tracer.Recording
}

// A runError reports a program that ended otherwise than it should have.
type runError struct {
	command string
	reason  string
	output  []string // the last lines
	vain    []string // what it looked for just before and did not find
}

func (e *runError) Error() string { return e.command + ": " + e.reason }

// How much of a failed run is shown.
const (
	maxErrorLines = 12
	maxVain       = 6
)

// theShell is what the commands of options are given to.
const theShell = "/bin/sh"

// jobs returns the runs that the plan asks for.
func (b *bundling) jobs(scratch string) ([]*job, error) {
	var jobs []*job
	for _, c := range b.dynamic.commands {
		jobs = append(jobs, b.job(scratch, theShell, "sh", "-c", c))
	}
	if len(jobs) > 0 {
		return jobs, nil
	}
	path, err := b.explorer.input(b.inputs[0])
	if err != nil {
		return nil, err
	}
	// The very file that is bundled, under the name that the user gave it.
	if strings.Contains(b.inputs[0], "/") && b.dynamic.dir == "" {
		path = b.inputs[0]
	}
	return []*job{b.job(scratch, path, append([]string{b.inputs[0]}, b.dynamic.args...)...)}, nil
}

func (b *bundling) job(scratch, path string, args ...string) *job {
	return &job{
		dynamicPlan: b.dynamic,
		scratch:     scratch,
		show:        b.level <= slog.LevelInfo,
		command: tracer.Command{
			Path: path, Args: args, Dir: b.dynamic.dir, Env: b.dynamic.environment(),
			Stdin: strings.NewReader(b.dynamic.stdin),
		},
	}
}

// environment returns that of the runs: the inherited one and --dynamic-env.
func (d *dynamicPlan) environment() []string {
	env := os.Environ()
	if d.dir != "" {
		env = append(env, "PWD="+d.dir)
	}
	return lastOfEach(append(env, d.env...))
}

// lastOfEach leaves of several values of a variable the last one.
func lastOfEach(env []string) []string {
	at := map[string]int{}
	var list []string
	for _, kv := range env {
		name, _, _ := strings.Cut(kv, "=")
		if i, ok := at[name]; ok {
			list[i] = kv
			continue
		}
		at[name] = len(list)
		list = append(list, kv)
	}
	return list
}

// run runs the program, with what exercises it beside it, and returns what it
// looked at. The error is a [*runError] when it ended otherwise than it should.
func (j *job) run(ctx context.Context) (*tracer.Profile, error) {
	j.command.Stdout, j.command.Stderr = io.MultiWriter(&j.stdout, j.tee(&j.out)), j.tee(&j.err)
	p := startObserving(j.show)
	defer p.end()
	o := tracer.Options{
		Backend: j.tracer, Scratch: j.scratch, Timeout: j.timeout, Signal: j.signal,
		Again: j.again, Progress: p.observed,
	}
	if j.exercise != "" {
		return j.exercised(ctx, o)
	}
	if j.timeout == 0 {
		o.Outlived = j.outlived
	}
	profile, err := tracer.Run(ctx, j.command, o)
	if err != nil {
		return nil, err
	}
	r := &profile.Runs[0]
	slog.Info(commandText(r) + ": observed with " + r.Backend)
	if r.Stopped {
		slog.Info(fmt.Sprintf("%s: stopped with %s after %v", commandText(r), unix.SignalName(j.signal), j.timeout))
	}
	return profile, j.judge(profile)
}

// again forgets what the program wrote, because it is run once more.
func (j *job) again() {
	j.out.reset()
	j.err.reset()
	j.stdout = tester.Output{}
	slog.Info("it is run again: the tracer did not show all that it did")
}

// outlived explains why a run does not end.
func (j *job) outlived() {
	slog.Warn(j.command.Args[0] + " has ended, and processes that it started go on: magicpak waits for them (--dynamic-exercise or --dynamic-timeout stops them)")
}

// tee returns a writer to t, and to standard error where the output is shown.
func (j *job) tee(t *tail) io.Writer {
	if j.show {
		return io.MultiWriter(os.Stderr, t)
	}
	return t
}

// judge makes an error of a status that is not the wanted one.
func (j *job) judge(p *tracer.Profile) error {
	r := &p.Runs[0]
	if r.Stopped || r.Status == j.exitCode {
		return nil
	}
	reason := statusText(r.Status)
	if j.exitCode != 0 {
		reason += fmt.Sprintf(", where %d was to come", j.exitCode)
	}
	return j.failure(p, reason)
}

func (j *job) failure(p *tracer.Profile, reason string) error {
	e := &runError{
		command: commandText(&p.Runs[0]), reason: reason,
		output: j.err.lines(maxErrorLines), vain: inVain(p, maxVain),
	}
	if len(e.output) == 0 {
		e.output = j.out.lines(maxErrorLines)
	}
	return e
}

// statusText words the status that a program ended with.
func statusText(status int) string {
	if name := unix.SignalName(unix.Signal(status - 128)); status > 128 && name != "" {
		return "killed by signal " + name
	}
	return fmt.Sprintf("exit status %d", status)
}

// exercised runs the program until the command that exercises it has ended.
func (j *job) exercised(ctx context.Context, o tracer.Options) (*tracer.Profile, error) {
	stop, late := make(chan struct{}), false
	x := startExercise(ctx, j, stop)
	o.Stop = stop
	o.Again = func() {
		j.again()
		if late = x.wait(0); !late {
			x = x.again(ctx)
		}
	}
	p, err := tracer.Run(ctx, j.command, o)
	if err != nil {
		x.end(0)
		return nil, err
	}
	if late {
		return nil, j.failure(p, "only --tracer ptrace can show all that it does")
	}
	if r := &p.Runs[0]; !r.Stopped && r.Status == j.exitCode {
		x.end(exerciseGrace) // it may have told the program to end
	}
	done := x.end(0)
	switch r := &p.Runs[0]; {
	case !done && r.Stopped:
		return nil, x.failure(fmt.Sprintf("not over after %v (--dynamic-timeout)", j.timeout))
	case !done:
		return nil, j.failure(p, statusText(r.Status)+" before --dynamic-exercise was over")
	case x.err != nil:
		return nil, x.failure(x.err.Error())
	}
	return p, j.judge(p)
}

// exerciseGrace is how long an exercise may go on after a program that ended
// well by itself.
const exerciseGrace = 5 * time.Second
