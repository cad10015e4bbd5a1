package tracer

import (
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNotSupported is what no tracer working on this machine is reported with.
var ErrNotSupported = errors.New("tracing is not possible here")

// A Command is what to run.
type Command struct {
	Path string   // of the executable
	Args []string // with the name at 0
	Env  []string
	Dir  string // "" for the working directory

	Stdin          io.Reader // nil for an empty input
	Stdout, Stderr io.Writer // nil to discard
}

// Options say how a command is run.
type Options struct {
	// Backend is "auto" or the name of one.
	Backend string
	// Scratch is a directory for the earlier contents of files that the run
	// changes. It must be on a writable file system and is the caller's.
	Scratch string
	// Timeout stops the run with Signal after that time, 0 for never. A run
	// stopped so is no failure.
	Timeout time.Duration
	Signal  unix.Signal // 0 for SIGTERM
	// Stop, where it is not nil, stops the run in the same way when closed.
	Stop <-chan struct{}
	// Progress, where it is not nil, is called now and then with the numbers
	// of paths and processes seen so far.
	Progress func(paths, processes int)
}

// Run runs c until it and all its descendants have ended, and returns what
// they touched. The error is [ErrNotSupported], wrapped with the reason, when
// nothing was run because no tracer works here. A status other than 0 is no
// error.
func Run(ctx context.Context, c Command, o Options) (*Profile, error) {
	return nil, ErrNotSupported
}
