package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"magicpak/tracer"
)

// watchFlags are the options of "magicpak trace" for what runs already.
type watchFlags struct {
	pids, cgroups []string
	timeout       string

	targets tracer.Targets
	limit   time.Duration // 0 for none
}

func (f *watchFlags) wanted() bool { return len(f.pids)+len(f.cgroups) > 0 }

// check takes the options, which exclude words and all tracers but one.
func (f *watchFlags) check(tracerName string, words []string) (err error) {
	if f.timeout != "" {
		f.limit, err = duration("dynamic-timeout", f.timeout)
	}
	if err != nil || !f.wanted() {
		return err
	}
	switch {
	case len(words) > 0:
		return misuse("--pid and --cgroup watch what runs already, so %s would not be run", words[0])
	case tracerName != "auto" && tracerName != "ebpf":
		return misuse("--tracer %s cannot watch what runs already: only ebpf can", tracerName)
	}
	f.targets.CGroups = f.cgroups
	for _, p := range f.pids {
		pid, err := strconv.Atoi(p)
		if err != nil || pid <= 0 {
			return misuse("--pid %s: not the number of a process", p)
		}
		f.targets.PIDs = append(f.targets.PIDs, pid)
	}
	return f.checkTargets()
}

// checkTargets refuses what is not there.
func (f *watchFlags) checkTargets() error {
	for _, pid := range f.targets.PIDs {
		if err := unix.Kill(pid, 0); err == unix.ESRCH {
			return &inputError{fmt.Sprintf("--pid %d", pid), "there is no such process", ""}
		}
	}
	for _, dir := range f.targets.CGroups {
		if _, err := os.Stat(filepath.Join(dir, "cgroup.procs")); err != nil {
			return &inputError{"--cgroup " + dir, "not a cgroup", "it is a directory below /sys/fs/cgroup that holds cgroup.procs"}
		}
	}
	return nil
}

// record watches. The error is an [*unobservedError] where there is no probe.
func (f *watchFlags) record(scratch string) (*tracer.Profile, error) {
	p := startObserving(term.IsTerminal(int(os.Stdout.Fd())))
	defer p.end()
	profile, err := tracer.Watch(context.Background(), f.targets, tracer.Options{
		Scratch: scratch, Timeout: f.limit, Stop: firstSignal(), Progress: p.observed,
	})
	if errors.Is(err, tracer.ErrNotSupported) {
		return nil, &unobservedError{err.Error() + ": nothing was watched"}
	}
	return profile, err
}
