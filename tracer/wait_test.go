package tracer

import (
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAlone starts a child that is not the tracer's on the thread that the
// tracer would be given.
func TestAlone(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command("true")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !hasChildren() {
		t.Error("a child of this thread is not seen")
	}
	here, there := unix.Gettid(), 0
	alone(func() {
		there = unix.Gettid()
		if _, err := wait(unix.WNOHANG); err != unix.ECHILD {
			t.Errorf("wait: %v", err)
		}
	})
	if there == here {
		t.Error("the thread with the child was taken")
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
