package tracer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A launch is the start of one tracee by way of the stub.
type launch struct {
	command Command
	orders  orders

	more    []*os.File // for the keeper, from lifeFD on
	files   []*os.File // closed once the stub has them
	copying []func() error
	copied  chan error
	inputs  []*os.File // ends of pipes that are read from or written to here

	terminal *os.File // standard input, where the tracees get it as their terminal

	pid     int
	answers chan []answer
}

// start starts the stub in a process group of its own, lets seize make the
// caller its tracer, and sends it on.
func (l *launch) start(seize func(pid int) error) error {
	defer l.closeFiles()
	ordersR, ordersW, err := os.Pipe()
	if err != nil {
		return err
	}
	defer ordersW.Close()
	answerR, answerW, err := os.Pipe()
	if err != nil {
		ordersR.Close()
		return err
	}
	standard, err := l.standard()
	l.files = append(l.files, ordersR, answerW)
	if err != nil {
		answerR.Close()
		return err
	}
	files := append(standard, ordersR, answerW)
	if err := l.fork(append(files, l.more...)); err != nil {
		answerR.Close()
		return err
	}
	l.closeFiles()
	if in, ok := l.command.Stdin.(*os.File); ok && in != nil && foreground(in) {
		l.orders.Terminal, l.terminal = true, in
	}
	l.listen(answerR)
	l.copy()
	if err := json.NewEncoder(ordersW).Encode(l.orders); err != nil {
		return l.abandon(fmt.Errorf("send orders to the tracee: %w", err))
	}
	if err := seize(l.pid); err != nil {
		return l.abandon(err)
	}
	return nil
}

// stubEnv keeps the runtime of the stub small.
var stubEnv = []string{"GOMAXPROCS=1", "GOGC=off"}

// fork starts the stub.
func (l *launch) fork(files []*os.File) error {
	fds := make([]uintptr, len(files))
	for i, f := range files {
		fds[i] = f.Fd()
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{stubName}, &syscall.ProcAttr{
		Dir: l.command.Dir, Env: stubEnv, Files: fds,
		Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil && l.command.Dir != "" && unix.Access(l.command.Dir, unix.X_OK) != nil {
		return &os.PathError{Op: "chdir", Path: l.command.Dir, Err: err}
	}
	if errors.Is(err, unix.ENOEXEC) {
		return fmt.Errorf("%w: this program is run by an emulator, which does not trace", ErrNotSupported)
	}
	if err != nil {
		return fmt.Errorf("start the tracee: %w", err)
	}
	l.pid = pid
	return nil
}

// abandon ends a stub that could not be seized.
func (l *launch) abandon(err error) error {
	_ = unix.Kill(l.pid, unix.SIGKILL)
	_, _ = unix.Wait4(l.pid, nil, unix.WALL, nil)
	return errors.Join(err, l.finish())
}

func (l *launch) closeFiles() {
	for _, f := range l.files {
		f.Close()
	}
	l.files = nil
}

// listen collects what the stub has to say.
func (l *launch) listen(r *os.File) {
	l.answers = make(chan []answer, 1)
	go func() {
		defer r.Close()
		var list []answer
		for dec := json.NewDecoder(r); ; {
			var a answer
			if dec.Decode(&a) != nil {
				break
			}
			list = append(list, a)
		}
		l.answers <- list
	}()
}

// standard returns the files for the standard descriptors.
func (l *launch) standard() ([]*os.File, error) {
	in, err := l.input(l.command.Stdin)
	if err != nil {
		return nil, err
	}
	out, err := l.output(l.command.Stdout)
	if err != nil {
		return nil, err
	}
	errs, err := l.output(l.command.Stderr)
	return []*os.File{in, out, errs}, err
}

// input returns the file that the tracee reads r from.
func (l *launch) input(r io.Reader) (*os.File, error) {
	if f, ok := r.(*os.File); ok && f != nil {
		return f, nil
	}
	if r == nil {
		return l.null(os.O_RDONLY)
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.files = append(l.files, pr)
	l.inputs = append(l.inputs, pw)
	l.copying = append(l.copying, func() error {
		_, err := io.Copy(pw, r)
		pw.Close()
		if errors.Is(err, unix.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil // the tracee did not want all of it
		}
		return err
	})
	return pr, nil
}

// output returns the file by which the tracee writes to w.
func (l *launch) output(w io.Writer) (*os.File, error) {
	if f, ok := w.(*os.File); ok && f != nil {
		return f, nil
	}
	if w == nil {
		return l.null(os.O_WRONLY)
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.files = append(l.files, pw)
	l.inputs = append(l.inputs, pr)
	l.copying = append(l.copying, func() error {
		_, err := io.Copy(w, pr)
		pr.Close()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		}
		return err
	})
	return pw, nil
}

func (l *launch) null(flag int) (*os.File, error) {
	f, err := os.OpenFile(os.DevNull, flag, 0)
	if err == nil {
		l.files = append(l.files, f)
	}
	return f, err
}

// copy starts the copying of what is not a file.
func (l *launch) copy() {
	l.copied = make(chan error, len(l.copying))
	for _, f := range l.copying {
		go func() { l.copied <- f() }()
	}
}

// lingering is how long output is still taken when all tracees have ended: only
// a process that got the descriptor from one of them can write any.
const lingering = time.Second

// finish waits for the copying, and takes the terminal back.
func (l *launch) finish() error {
	if l.terminal != nil {
		takeTerminal(int(l.terminal.Fd()), unix.Getpgrp())
	}
	for _, f := range l.inputs {
		_ = f.SetDeadline(time.Now().Add(lingering))
	}
	var errs []error
	for range l.copying {
		errs = append(errs, <-l.copied)
	}
	return errors.Join(errs...)
}
