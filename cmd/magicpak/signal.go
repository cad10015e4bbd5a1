package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// A signalError reports that a signal ended the run.
type signalError struct{ signal unix.Signal }

func (e *signalError) Error() string { return fmt.Sprintf("ended by %s", unix.SignalName(e.signal)) }

// signalContext returns a context that ends when the process is asked to end,
// so that what is half done can be removed. A second signal is no longer caught.
func signalContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGTERM, unix.SIGINT, unix.SIGHUP)
	go func() {
		s := <-caught
		signal.Stop(caught)
		cancel(&signalError{s.(unix.Signal)})
	}()
	return ctx, func() { cancel(nil) }
}
