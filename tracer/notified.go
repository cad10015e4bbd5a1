package tracer

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// errSlow is that this kernel cannot hand a CPU over with a notification: then
// ptrace is as fast, and sees more.
var errSlow = errors.New("notifications need Linux 6.6 to be fast")

// A keeping is what ties this process to the keeper of the tracees.
type keeping struct {
	life   *os.File // closed to end everything
	socket *os.File // where the listener comes from
}

// notified runs the session's command with notifications. With fallback, a run
// that would cost or hide more than under ptrace ends with errSlow, before
// anything was executed, or errHidden.
func (s *session) notified(ctx context.Context, fallback bool) (*Profile, error) {
	return s.kept(ctx, fallback, "notify")
}

// kept runs the command below a keeper.
func (s *session) kept(ctx context.Context, fallback bool, backend string) (*Profile, error) {
	if context.Cause(ctx) != nil {
		return nil, context.Cause(ctx)
	}
	k, err := s.startKeeper()
	if err != nil {
		return nil, err
	}
	defer k.socket.Close()
	served := s.serve(ctx, k, fallback)
	k.life.Close()
	_, _ = waitPid(s.launch.pid)
	failed := s.failure()
	finished := s.launch.finish()
	switch {
	case failed != nil:
		return nil, failed
	case errors.Is(served, errNoFile):
		return nil, fmt.Errorf("%w: %w", errNoFilter, served)
	}
	if err := errors.Join(served, finished, context.Cause(ctx)); err != nil {
		return nil, err
	}
	return s.profile(backend), nil
}

// startKeeper starts the keeper, and it the tracee.
func (s *session) startKeeper() (k keeping, err error) {
	lifeR, lifeW, err := os.Pipe()
	if err != nil {
		return k, err
	}
	defer lifeR.Close()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		lifeW.Close()
		return k, err
	}
	far := os.NewFile(uintptr(pair[1]), "socket of the keeper")
	defer far.Close()
	k = keeping{lifeW, os.NewFile(uintptr(pair[0]), "socket to the keeper")}
	c := s.command
	s.launch = &launch{command: c, more: []*os.File{lifeR, far}, orders: orders{
		Path: []byte(c.Path), Args: bytesOf(c.Args), Env: bytesOf(c.Env),
		Filter: true, Notify: true, Keep: true, Probed: s.probe != nil,
	}}
	if err := s.launch.start(func(int) error { return nil }); err != nil {
		k.life.Close()
		k.socket.Close()
		return k, err
	}
	return k, nil
}

// serve takes the calls of the tracees until there are none.
func (s *session) serve(ctx context.Context, k keeping, fallback bool) error {
	file, first, err := receiveFile(int(k.socket.Fd()), "listener")
	if err != nil {
		return err
	}
	l := listener{file}
	defer file.Close()
	if errno := l.wakeAtOnce(); errno != 0 && fallback {
		return errSlow
	}
	n := newNotifier(s.rec, s.tree, l)
	n.alone = !fallback
	s.tree.lead(first)
	if n.started = s.probe != nil; n.started {
		if n.probed, err = s.observe(k, first); err != nil {
			return err
		}
	}
	s.tree.others = func() []int { return descendants(s.launch.pid) }
	s.watch(ctx)
	err = n.loop()
	close(s.over)
	s.watched.Wait()
	if n.probed != nil && err == nil {
		err = n.probed.finish()
	}
	return err
}

// waitPid waits for the end of a child.
func waitPid(pid int) (status unix.WaitStatus, err error) {
	for {
		if _, err = unix.Wait4(pid, &status, unix.WALL, nil); err != unix.EINTR {
			return status, err
		}
	}
}
