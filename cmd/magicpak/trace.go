package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"magicpak/bundler"
	"magicpak/rootfs"
	"magicpak/tracer"
)

const traceIntro = `magicpak trace runs COMMAND and records every file that it and its descendants
look at. The command has standard input and output for itself; what was recorded
is printed on standard error when it has ended, unless -o writes it to a file.
A first INT or TERM stops the command and keeps the recording.

With --pid or --cgroup there is no COMMAND: what runs already is watched, until
it has ended, or INT, TERM or --dynamic-timeout ends the watch. Files that it
opened before are not seen.

Usage: magicpak trace [OPTIONS] [--] COMMAND...
       magicpak trace [OPTIONS] --pid PID | --cgroup DIR

The exit status is 0 when the run was recorded, whatever COMMAND ended with, 3
when not all of it could be seen.
`

// traceFlags are the options of "magicpak trace" as they were given.
type traceFlags struct {
	output, tracer string
	missing, help  bool
	watch          watchFlags
}

func traceOptions(f *traceFlags) []option {
	return []option{
		{
			name: "output", short: "o", metavar: "FILE", group: groupOutput, to: &f.output,
			help: "Writes the recording for --profile",
		},
		{
			name: "missing", group: groupOutput, to: &f.missing,
			help: "Prints only what was looked for in vain, also with -o",
		},
		{
			name: "tracer", metavar: "NAME", values: tracerNames[:4], def: "auto", group: groupDynamic, to: &f.tracer,
			help: "How it is observed: auto (ptrace, which works everywhere), ptrace, notify or ebpf",
		},
		{
			name: "pid", metavar: "PID", group: groupDynamic, to: &f.watch.pids, many: true,
			help: "Watches the process PID and what it starts, by a BPF probe",
		},
		{
			name: "cgroup", metavar: "DIR", group: groupDynamic, to: &f.watch.cgroups, many: true,
			help: "Watches all processes of a cgroup, such as a container's: a directory below /sys/fs/cgroup",
		},
		{
			name: "dynamic-timeout", metavar: "DUR", group: groupDynamic, to: &f.watch.timeout,
			help: "Ends the command, or the watch, after that time",
		},
		{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"},
	}
}

// traceCommand is "magicpak trace".
func traceCommand(args []string) (err error) {
	f := &traceFlags{}
	words, err := parseLeading(traceOptions(f), args)
	if f.help {
		fmt.Print(traceIntro + optionHelp(traceOptions(&traceFlags{})))
		return nil
	}
	if err == nil {
		err = f.check(words)
	}
	if err != nil {
		return err
	}
	scratch, err := bundler.NewScratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	p, err := f.record(words, scratch.Dir())
	if err != nil {
		return err
	}
	return f.deliver(p)
}

func (f *traceFlags) check(words []string) error {
	if err := f.watch.check(f.tracer, words); err != nil {
		return err
	}
	switch {
	case len(words) == 0 && !f.watch.wanted():
		return &usageError{"COMMAND is missing", "usage: magicpak trace [OPTIONS] [--] COMMAND..."}
	case f.output == "-":
		return &usageError{"-o -: standard output is the command's", "write the recording to a file"}
	}
	return oneOf("tracer", f.tracer, tracerNames[:4]...)
}

// record runs the command. The error is a [*unobservedError] when no tracer
// works here.
func (f *traceFlags) record(words []string, scratch string) (*tracer.Profile, error) {
	if f.watch.wanted() {
		return f.watch.record(scratch)
	}
	path, err := commandPath(words[0])
	if err != nil {
		return nil, err
	}
	p := startObserving(term.IsTerminal(int(os.Stdout.Fd())))
	defer p.end()
	profile, err := tracer.Run(context.Background(), tracer.Command{
		Path: path, Args: words, Env: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	}, tracer.Options{
		Backend: f.tracer, Scratch: scratch, Timeout: f.watch.limit, Stop: firstSignal(),
		Again: sayAgain, Outlived: f.sayOutlived, Progress: p.observed,
	})
	if errors.Is(err, tracer.ErrNotSupported) {
		return nil, &unobservedError{err.Error() + ": nothing was run"}
	}
	return profile, err
}

// sayAgain explains why the command does everything twice.
func sayAgain() {
	slog.Warn("the command is run again: the tracer did not show all that it did (--tracer ptrace runs it once)")
}

// sayOutlived explains why the run of a daemon does not end.
func (f *traceFlags) sayOutlived() {
	if f.watch.limit == 0 {
		slog.Warn("the command has ended, and processes that it started go on: they are recorded until they end, or INT or TERM ends them")
	}
}

// commandPath looks a command up as the shell does.
func commandPath(name string) (string, error) {
	cwd, err := workingDir("/")
	if err != nil {
		return "", err
	}
	x := explorer{tree: rootfs.Dir("/"), cwd: cwd, path: environmentPath()}
	path, err := x.command(name)
	if err != nil {
		return "", err
	}
	return path, x.checkExecutable(path)
}

// firstSignal returns a channel that is closed when the process is asked to end
// for the first time. The second time is not caught.
func firstSignal() <-chan struct{} {
	stop := make(chan struct{})
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	go func() {
		<-caught
		signal.Stop(caught)
		close(stop)
	}()
	return stop
}

// deliver writes the recording or prints it, and tells what it lacks.
func (f *traceFlags) deliver(p *tracer.Profile) error {
	r := &p.Runs[0]
	if f.output != "" {
		if err := writeProfile(f.output, p); err != nil {
			return err
		}
		if r.Status != 0 && !r.Stopped {
			slog.Warn(fmt.Sprintf("%s: %s", commandText(r), statusText(r.Status)))
		}
	}
	if f.output == "" || f.missing {
		fmt.Fprint(os.Stderr, newTable(p).text(f.missing))
	}
	for _, text := range r.Remarks {
		slog.Warn(text)
	}
	if len(r.Incomplete) > 0 {
		return &unobservedError{"not all of the run was seen: " + strings.Join(r.Incomplete, "; ")}
	}
	return nil
}
