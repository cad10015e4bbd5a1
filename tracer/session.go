package tracer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/bpf"
	"magicpak/rootfs"
)

// A session is one run of a command.
type session struct {
	command Command
	options Options
	launch  *launch
	tree    *tree
	rec     *recorder
	over    chan struct{}
	probe   *bpf.Probe      // sees what the filter passes, nil without one
	last    bool            // what the probe loses is no reason to try again
	status  unix.WaitStatus // of the first process
	watched sync.WaitGroup
}

// errNoFilter is that a filter could not be installed.
var errNoFilter = errors.New("install the seccomp filter")

// runPtrace runs c under ptrace, with a filter where that can be had.
func runPtrace(ctx context.Context, c Command, o Options) (*Profile, error) {
	return ptraced(ctx, c, o, newRecorder(o.Scratch))
}

// ptraced goes on with a recorder that may hold something already.
func ptraced(ctx context.Context, c Command, o Options, r *recorder) (*Profile, error) {
	if losesByFilter(c) {
		return tracePtrace(ctx, c, o, r, "")
	}
	p, err := tracePtrace(ctx, c, o, r, filterAll)
	if errors.Is(err, errNoFilter) {
		return tracePtrace(ctx, c, o, r, "")
	}
	return p, err
}

// runPtraceAll runs c under ptrace and stops it at every system call.
func runPtraceAll(ctx context.Context, c Command, o Options) (*Profile, error) {
	return tracePtrace(ctx, c, o, newRecorder(o.Scratch), "")
}

func tracePtrace(ctx context.Context, c Command, o Options, r *recorder, filter string) (*Profile, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	defer hold(&surroundings)()
	s := newSession(c, o)
	s.rec = r
	return s.run(ctx, filter)
}

func newSession(c Command, o Options) *session {
	return &session{command: c, options: o, tree: newTree(), rec: newRecorder(o.Scratch), over: make(chan struct{})}
}

// run runs the command under ptrace, with one of the filters or with "" for none.
func (s *session) run(ctx context.Context, filter string) (*Profile, error) {
	c := s.command
	s.launch = &launch{command: c, orders: orders{
		Path: []byte(c.Path), Args: bytesOf(c.Args), Env: bytesOf(c.Env), Filter: filter,
	}}
	p := newPtracer(s.rec, s.tree, filter == "")
	p.registers = s.options.Backend == ptraceRegisters
	seize := p.seize
	if s.probe != nil {
		seize = func(pid int) error { return s.observe(p, pid) }
	}
	if err := s.launch.start(seize); err != nil {
		return nil, err
	}
	s.watch(ctx)
	if p.probed != nil {
		s.watched.Go(func() { p.probed.readOn(s.over) })
	}
	s.watched.Go(func() { p.place.watch(s.over) })
	err := p.loop()
	close(s.over)
	s.watched.Wait()
	if p.crowded {
		err = errors.Join(err, fmt.Errorf("%w: more than %d at a time", ErrCrowded, mostTasks))
	}
	if p.probed != nil {
		err = errors.Join(err, p.probed.finish())
	}
	if failed := s.failure(); failed != nil {
		s.launch.finish()
		return nil, failed
	}
	err = errors.Join(err, s.launch.finish(), context.Cause(ctx))
	if err != nil {
		return nil, err
	}
	s.status = p.status
	if p.probed != nil {
		return s.profile(backendProbe), nil
	}
	return s.profile("ptrace"), nil
}

// watch stops the run when it is to be stopped, and shows its progress.
func (s *session) watch(ctx context.Context) {
	s.watched.Go(func() {
		if s.stopWanted(ctx) {
			sig := s.options.Signal
			if sig == 0 {
				sig = unix.SIGTERM
			}
			s.tree.stop(sig, s.over)
		}
	})
	if s.options.Progress != nil {
		s.watched.Go(s.progress)
	}
	if s.options.Outlived != nil {
		s.watched.Go(s.outlived)
	}
}

// outlived waits until the first process has been gone for a while.
func (s *session) outlived() {
	const most = 2 * time.Second / progressEvery
	for gone := time.Duration(0); gone < most; {
		if waitFor(s.over, progressEvery) {
			return
		}
		if first := s.tree.leader(); first > 0 && unix.Kill(first, 0) == unix.ESRCH {
			gone++
		}
	}
	s.options.Outlived()
}

// stopWanted waits until the run is over or to be stopped.
func (s *session) stopWanted(ctx context.Context) bool {
	var timeout <-chan time.Time
	if s.options.Timeout > 0 {
		timer := time.NewTimer(s.options.Timeout)
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-s.over:
		return false
	case <-ctx.Done():
		return true
	case <-s.options.Stop:
	case <-timeout:
	}
	s.tree.stopped.Store(true)
	return true
}

const progressEvery = 100 * time.Millisecond

func (s *session) progress() {
	for !waitFor(s.over, progressEvery) {
		s.options.Progress(int(s.rec.paths.Load()), s.tree.processes())
	}
}

// failure returns why nothing was executed.
func (s *session) failure() error {
	for _, a := range <-s.launch.answers {
		switch a.Step {
		case stepEnded:
			s.status = unix.WaitStatus(a.Status)
		case "":
			s.rec.loses = s.rec.loses || a.NoNewPrivs
		case "filter":
			return fmt.Errorf("%w: %w", errNoFilter, a.Errno)
		case "execute":
			return s.execError(a.Errno)
		default:
			return fmt.Errorf("start the tracee: %s: %s%w", a.Step, a.Text, a.Errno)
		}
	}
	return nil
}

func (s *session) execError(errno unix.Errno) error {
	e := &ExecError{Path: s.command.Path, Err: errno}
	path := s.command.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.command.Dir, path)
	}
	if _, err := os.Stat(path); err == nil && errno == unix.ENOENT {
		_, e.Interpreter = interpreter(path)
	}
	return e
}

// profile makes the profile of the run.
func (s *session) profile(backend string) *Profile {
	c := s.command
	run := Recording{
		Command: names0(c.Args), Dir: rootfs.ByteName(workingDir(c.Dir)), Backend: backend,
		Status: exitStatus(s.status), Stopped: s.tree.stopped.Load(),
	}
	p := s.rec.profile()
	run.Incomplete, run.Remarks = s.rec.incomplete, s.rec.remarks
	p.Runs = []Recording{run}
	return p
}

func names0(list []string) []rootfs.ByteName {
	out := make([]rootfs.ByteName, len(list))
	for i, s := range list {
		out[i] = rootfs.ByteName(s)
	}
	return out
}

func workingDir(dir string) string {
	if strings.HasPrefix(dir, "/") {
		return dir
	}
	here, _ := os.Getwd()
	return filepath.Join(here, dir)
}

func exitStatus(s unix.WaitStatus) int {
	if s.Signaled() {
		return 128 + int(s.Signal())
	}
	return s.ExitStatus()
}
