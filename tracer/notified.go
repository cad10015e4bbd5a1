package tracer

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// A keeping is what ties this process to the keeper of the tracees.
type keeping struct {
	life   *os.File // closed to end everything
	socket *os.File // where the listener comes from
}

// notified runs the session's command with notifications. A run that they cannot
// show all of ends with errHidden.
func (s *session) notified(ctx context.Context) (*Profile, error) {
	if context.Cause(ctx) != nil {
		return nil, context.Cause(ctx)
	}
	defer hold(&surroundings)()
	k, err := s.startKeeper()
	if err != nil {
		return nil, err
	}
	defer k.socket.Close()
	served := s.serve(ctx, k)
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
	return s.profile("notify"), nil
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
		Filter: filterAll, Notify: true, Keep: true,
	}}
	if err := s.launch.start(func(int) error { return nil }); err != nil {
		k.life.Close()
		k.socket.Close()
		return k, err
	}
	return k, nil
}

// serve takes the calls of the tracees until there are none.
func (s *session) serve(ctx context.Context, k keeping) error {
	file, first, err := receiveFile(int(k.socket.Fd()), "listener")
	if err != nil {
		return err
	}
	l := listener{file}
	defer file.Close()
	l.wakeAtOnce()
	n := newNotifier(s.rec, s.tree, l)
	s.tree.lead(first)
	s.tree.others = func() []int { return descendants(s.launch.pid) }
	s.tree.slay = func() { killBelow(s.launch.pid) }
	s.watch(ctx)
	err = n.loop()
	close(s.over)
	s.watched.Wait()
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
