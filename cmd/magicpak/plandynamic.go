package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dynamicFlags are the options of dynamic analysis as they were given.
type dynamicFlags struct {
	dynamic                        bool
	args, commands, env            []string
	stdin, exercise, signal        string
	timeout, dir, exitCode, tracer string
	require                        bool
	profiles                       []string
	profileOut                     string
}

// A dynamicPlan says how programs are run to see what they open.
type dynamicPlan struct {
	args       []string // of the first input, when there are no commands
	commands   []string // of the shell
	stdin      string
	exercise   string // shell command that ends the run, "" for none
	env        []string
	dir        string // absolute
	signal     unix.Signal
	timeout    time.Duration // 0 for none
	exitCode   int           // that counts as good
	tracer     string
	require    bool
	profileOut string
}

const tracerOff = "off"

// tracerNames are the values of --tracer; off is of no use where a run is all
// that is asked for.
var tracerNames = []string{"auto", "ptrace", "notify", "ebpf", tracerOff}

// setDynamic checks the options of dynamic analysis.
func (p *plan) setDynamic(f *dynamicFlags) error {
	if err := oneOf("tracer", f.tracer, tracerNames...); err != nil {
		return err
	}
	p.profiles = f.profiles
	if !f.dynamic {
		return f.checkIdle()
	}
	p.dynamic = &dynamicPlan{
		args: f.args, commands: f.commands, stdin: f.stdin, exercise: f.exercise,
		env: f.env, tracer: f.tracer, require: f.require, profileOut: f.profileOut,
	}
	for _, check := range []func() error{
		func() error { return f.contradiction(p) },
		func() error { return p.dynamic.set(f) },
		func() error { return p.checkOutside("profile-out", f.profileOut) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkIdle refuses options that say how a program is run when none is. Those
// that the environment sets are for all bundles, and of no effect then.
func (f *dynamicFlags) checkIdle() error {
	for _, o := range []struct {
		given bool
		name  string
	}{
		{len(f.args) > 0, "dynamic-arg"},
		{f.stdin != "", "dynamic-stdin"},
		{len(f.commands) > 0, "dynamic-command"},
		{f.exercise != "", "dynamic-exercise"},
		{f.signal != defaultStopSignal, "dynamic-signal"},
		{f.timeout != "", "dynamic-timeout"},
		{len(f.env) > 0, "dynamic-env"},
		{f.dir != "", "dynamic-workdir"},
		{f.exitCode != "0", "dynamic-exit-code"},
		{f.tracer != "auto" && f.tracer != tracerOff, "tracer"},
		{f.require, "require-dynamic"},
		{f.profileOut != "", "profile-out"},
	} {
		if o.given && os.Getenv((&option{name: o.name}).variable()) == "" {
			return &usageError{"--" + o.name + " says how a program is run, and none is run", "--dynamic runs it"}
		}
	}
	return nil
}

// contradiction refuses what cannot be asked for together with --dynamic.
func (f *dynamicFlags) contradiction(p *plan) error {
	const fromProfile = "record the run inside that root with \"magicpak trace -o FILE\", and use --profile FILE"
	switch {
	case p.root != "/":
		return &usageError{"--dynamic contradicts --root: programs of another root are not run", fromProfile}
	case len(f.commands) > 0 && len(f.args) > 0:
		return &usageError{"--dynamic-arg contradicts --dynamic-command", "write the arguments into the command"}
	case len(p.inputs) > 1 && len(f.commands) == 0:
		return &usageError{"--dynamic runs one INPUT, and here are several", "say with --dynamic-command what is to be run"}
	case f.exercise != "" && len(f.commands) > 1:
		return &usageError{"--dynamic-exercise goes with one run, and here are several", "bundle with one --dynamic-command, or use recorded runs with --profile"}
	case f.tracer == tracerOff && f.require:
		return misuse("--require-dynamic contradicts --tracer off")
	case f.tracer == tracerOff && f.profileOut != "":
		return misuse("--profile-out contradicts --tracer off: nothing is recorded")
	case f.signal != defaultStopSignal && f.exercise == "" && f.timeout == "":
		return &usageError{"--dynamic-signal: nothing stops the run", "--dynamic-exercise or --dynamic-timeout does"}
	}
	return nil
}

// set takes the values that have a form of their own.
func (d *dynamicPlan) set(f *dynamicFlags) (err error) {
	if d.signal, err = stopSignal(f.signal); err != nil {
		return err
	}
	if f.timeout != "" {
		if d.timeout, err = duration("dynamic-timeout", f.timeout); err != nil {
			return err
		}
	}
	if d.exitCode, err = exitCode("dynamic-exit-code", f.exitCode); err != nil {
		return err
	}
	for _, kv := range f.env {
		if err := checkVariable("dynamic-env", kv); err != nil {
			return err
		}
	}
	return d.setDir(f.dir)
}

func (d *dynamicPlan) setDir(dir string) (err error) {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return misuse("--dynamic-workdir: %v", err)
	case !info.IsDir():
		return misuse("--dynamic-workdir %s: not a directory", dir)
	}
	d.dir, err = absolute(dir)
	return err
}

// libraryPath returns the LD_LIBRARY_PATH by which libraries are found: that of
// the observed runs where they have their own.
func (p *plan) libraryPath() string {
	path := os.Getenv("LD_LIBRARY_PATH")
	if p.dynamic == nil {
		return path
	}
	for _, kv := range p.dynamic.env {
		if value, ok := strings.CutPrefix(kv, "LD_LIBRARY_PATH="); ok {
			path = value
		}
	}
	return path
}

// defaultStopSignal is what a run is stopped with, as kill(1) spells it.
const defaultStopSignal = "TERM"

// stopSignal reads a signal as kill(1) does: a name, with SIG or without, or a
// number.
func stopSignal(s string) (unix.Signal, error) {
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	if n := unix.SignalNum("SIG" + name); n != 0 {
		return n, nil
	}
	if n, err := strconv.Atoi(s); err == nil && n > 0 && unix.SignalName(unix.Signal(n)) != "" {
		return unix.Signal(n), nil
	}
	return 0, &usageError{"--dynamic-signal " + s + ": no such signal", "kill -l lists them"}
}

// duration reads a time: as Go writes it, or a number of seconds.
func duration(option, s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = time.ParseDuration(s + "s")
	}
	if err != nil || d <= 0 {
		return 0, &usageError{fmt.Sprintf("--%s %s: no time", option, s), "it is written 30s, 1m30s or 500ms"}
	}
	return d, nil
}

// exitCode reads a status that a process can end with.
func exitCode(option, s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return 0, misuse("--%s %s: a status is a number from 0 to 255", option, s)
	}
	return int(n), nil
}

// checkVariable refuses what is no variable of the environment.
func checkVariable(option, kv string) error {
	if name, _, ok := strings.Cut(kv, "="); !ok || name == "" {
		return &usageError{fmt.Sprintf("--%s %s: no variable", option, kv), "it is written NAME=VALUE"}
	}
	return nil
}
