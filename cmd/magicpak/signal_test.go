package main

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSignal ends a run with each signal: the status tells which, and nothing
// is left.
func TestSignal(t *testing.T) {
	for signal, want := range map[unix.Signal]int{unix.SIGTERM: 143, unix.SIGINT: 130, unix.SIGHUP: 129} {
		ctx, stop := signalContext()
		defer stop()
		check(t, unix.Kill(os.Getpid(), signal))
		<-ctx.Done()
		out := filepath.Join(t.TempDir(), "out")
		p, err := planFor("/bin/true", out)
		check(t, err)
		b, err := newBundling(ctx, p)
		check(t, err)
		err = b.run()
		if got := exitStatus(err); got != want {
			t.Errorf("%v: status %d, %v, want %d", signal, got, err, want)
		}
		if _, err := os.Lstat(out); err == nil {
			t.Errorf("%v: OUTPUT is there", signal)
		}
	}
}
