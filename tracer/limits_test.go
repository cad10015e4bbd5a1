package tracer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// helperEnv makes the test's executable run a command with a backend and report
// on itself, instead of running tests.
const helperEnv = "MAGICPAK_TEST_HELPER"

// helper does what helperEnv asks for.
func helper(backend string) {
	var n counter
	p, err := Run(context.Background(), Command{
		Path: os.Args[1], Args: os.Args[1:], Env: []string{"PATH=/usr/bin:/bin"}, Stdout: &n, Stderr: os.Stderr,
	}, Options{Backend: backend})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var usage unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &usage)
	fmt.Println(p.Runs[0].Status, int64(n), usage.Maxrss)
	os.Exit(p.Runs[0].Status)
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func helperCommand(backend string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), helperEnv+"="+backend)
	cmd.Stderr = os.Stderr
	return cmd
}

// Output is passed on as it comes, and not kept.
func TestRunPassesMuchOutput(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size >>= 2
	}
	out, err := helperCommand("ptrace", "/usr/bin/head", "-c", strconv.FormatInt(size, 10), "/dev/zero").Output()
	if err != nil {
		t.Fatal(err)
	}
	var status, n, rss int64
	if _, err := fmt.Sscan(string(out), &status, &n, &rss); err != nil {
		t.Fatal(err)
	}
	if status != 0 || n != size {
		t.Errorf("status %d, %d bytes, want %d", status, n, size)
	}
	if rss >= 64<<10 {
		t.Errorf("%d KiB of memory", rss)
	}
}

// Every tracee has the write end of a pipe, so its end says that there is none.
func TestKilledTracerLeavesNoTracee(t *testing.T) {
	for _, backend := range permitted(testedBackends) {
		t.Run(backend, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			script := `trap "" TERM HUP; (setsid sh -c "sleep 300" & sleep 300) & echo ready >&2; sleep 300; cat /dev/null`
			cmd := helperCommand(backend, "/bin/sh", "-c", script)
			cmd.Stderr = w
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w.Close()
			ready := make([]byte, 6)
			if _, err := io.ReadFull(r, ready); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			_ = r.SetReadDeadline(time.Now().Add(30 * time.Second))
			if _, err := io.Copy(io.Discard, r); err != nil {
				t.Errorf("a tracee lives on: %v", err)
			}
		})
	}
}

// fast shortens the times that a run has to end by itself.
func fast(t *testing.T) {
	group, rest := groupGrace, restGrace
	t.Cleanup(func() { groupGrace, restGrace = group, rest })
	groupGrace, restGrace = 200*time.Millisecond, 100*time.Millisecond
}

// TestRunStops stops commands when they have made a file named ready.
func TestRunStops(t *testing.T) {
	for _, c := range []struct {
		name, script string
		status       int
		forced       bool
	}{
		{"by the signal", ">ready; sleep 100", 128 + 15, false},
		{"as the program will", "trap 'exit 9' TERM; >ready; sleep 100 & wait", 9, false},
		{"by force", "trap '' TERM; >ready; sleep 100; sleep 100", 128 + 9, true},
		{"when it is stopped", ">ready; kill -STOP $$", 128 + 15, false},
		{"with a daemon", "setsid sh -c 'while kill -0 '$$' 2>&-; do :; done; >ready; sleep 100' & exit 4", 4, true},
	} {
		for _, backend := range permitted(testedBackends) {
			t.Run(c.name+"/"+backend, func(t *testing.T) {
				if c.forced {
					fast(t)
				}
				dir := t.TempDir()
				p := run(t, dir, c.script, Options{Backend: backend, Stop: made(t, filepath.Join(dir, "ready"))})
				if r := p.Runs[0]; r.Status != c.status || !r.Stopped {
					t.Errorf("status = %d, stopped = %v, want %d", r.Status, r.Stopped, c.status)
				}
			})
		}
	}
}

// made returns a channel that is closed when there is a file.
func made(t *testing.T, name string) <-chan struct{} {
	there := make(chan struct{})
	go func() {
		for t.Context().Err() == nil {
			if _, err := os.Stat(name); err == nil {
				close(there)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	return there
}

func TestRunTimeout(t *testing.T) {
	p := run(t, t.TempDir(), "sleep 100", Options{Timeout: 300 * time.Millisecond})
	if r := p.Runs[0]; r.Status != 128+15 || !r.Stopped {
		t.Errorf("status = %d, stopped = %v", r.Status, r.Stopped)
	}
}

// A process that is another one all the time is killed all the same.
func TestRunStopsWhatForksAllTheTime(t *testing.T) {
	fast(t)
	dir := t.TempDir()
	source := filepath.Join(dir, "relay.c")
	write(t, source, `#include <signal.h>
#include <unistd.h>
int main(void) {
	signal(SIGTERM, SIG_IGN);
	for (;;) if (fork() > 0) { setsid(); _exit(0); }
}`)
	binary := filepath.Join(dir, "relay")
	if out, err := exec.Command("gcc", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %s", out)
	}
	for _, backend := range permitted(testedBackends) {
		t.Run(backend, func(t *testing.T) {
			p, err := Run(t.Context(), Command{Path: binary, Args: []string{binary}}, Options{Backend: backend, Timeout: 300 * time.Millisecond})
			if err != nil || !p.Runs[0].Stopped {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}

func TestRunEndsWhatMultiplies(t *testing.T) {
	most := mostTasks
	t.Cleanup(func() { mostTasks = most })
	mostTasks = 10
	script := "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 100 & done; wait"
	_, err := Run(t.Context(), Command{Path: "/bin/sh", Args: []string{"sh", "-c", script}}, Options{Backend: "ptrace"})
	if !errors.Is(err, ErrCrowded) {
		t.Errorf("Run: %v", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	fast(t)
	cause := errors.New("enough")
	for _, backend := range permitted(testedBackends) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(200*time.Millisecond, func() { cancel(cause) })
		p, err := Run(ctx, Command{Path: "/bin/sleep", Args: []string{"sleep", "100"}}, Options{Backend: backend})
		if p != nil || !errors.Is(err, cause) {
			t.Errorf("%s: %v, %v", backend, p, err)
		}
	}
}

func TestRunGivesInput(t *testing.T) {
	for _, backend := range permitted(testedBackends) {
		var out strings.Builder
		_, err := Run(t.Context(), Command{
			Path: "/bin/cat", Args: []string{"cat"}, Stdin: strings.NewReader(strings.Repeat("x", 1<<20)), Stdout: &out,
		}, Options{Backend: backend})
		if err != nil || out.Len() != 1<<20 {
			t.Errorf("%s: %d bytes, %v", backend, out.Len(), err)
		}
		// A program need not want it.
		_, err = Run(t.Context(), Command{
			Path: "/bin/true", Args: []string{"true"}, Stdin: strings.NewReader(strings.Repeat("x", 1<<20)),
		}, Options{Backend: backend})
		if err != nil {
			t.Errorf("%s: %v", backend, err)
		}
	}
}

// setID names a copy of id that belongs to root and is set-user-ID.
const setID = "MAGICPAK_TEST_SETID"

// A privileged tracer takes nothing from set-user-ID programs, another one says
// that it does.
func TestRunSetUserID(t *testing.T) {
	binary, want := os.Getenv(setID), 0
	if binary == "" {
		if os.Geteuid() != 0 {
			t.Skip("needs a set-user-ID program that belongs to somebody else")
		}
		binary, want = filepath.Join(t.TempDir(), "id"), 1
		script := `cp /usr/bin/id $0; chown 65534 $0; chmod 4755 $0`
		if out, err := exec.Command("sh", "-ec", script, binary).CombinedOutput(); err != nil {
			t.Fatalf("%s", out)
		}
	}
	for _, backend := range permitted(testedBackends) {
		var out strings.Builder
		p, err := Run(t.Context(), Command{Path: binary, Args: []string{"id"}, Stdout: &out}, Options{Backend: backend})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "euid="); got != want {
			t.Errorf("%s: %s", backend, &out)
		}
		if said := strings.Contains(strings.Join(p.Runs[0].Remarks, ""), "gained nothing"); said != (want == 0) {
			t.Errorf("%s: remarks %q", backend, p.Runs[0].Remarks)
		}
	}
}

// All that needs no root works for another user too.
func TestAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to become somebody else")
	}
	dir, err := os.MkdirTemp("/tmp", "nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	const nobody = 65534
	for _, args := range [][]string{
		{"cp", "/proc/self/exe", dir + "/test"},
		{"cp", "-r", "testdata", dir},
		{"mkdir", dir + "/tmp"},
		{"chown", "-R", strconv.Itoa(nobody), dir},
		{"chmod", "755", dir, dir + "/test"},
		{"cp", "/usr/bin/id", dir + "/id"},
		{"chmod", "4755", dir + "/id"},
	} {
		if args[1] == "/proc/self/exe" {
			args[1], _ = os.Executable()
		}
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", args, out)
		}
	}
	tests := "TestTracees$|TestRun"
	if testing.Short() {
		tests = "TestRun"
	}
	cmd := exec.Command(dir+"/test", "-test.short", "-repeat", "1", "-test.run", tests)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "TMPDIR=" + dir + "/tmp", setID + "=" + dir + "/id"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// Where root may not trace any process, as in a RUN step of docker build, what is
// known of those that change their user must be remembered.
func TestWithoutPtraceCapability(t *testing.T) {
	if !hasCapability(unix.CAP_SYS_PTRACE) || !hasCapability(unix.CAP_SETPCAP) {
		t.Skip("needs CAP_SETPCAP, to give up CAP_SYS_PTRACE")
	}
	cmd := exec.Command("/proc/self/exe", "-test.short", "-repeat", "1", "-test.run", "^TestTracees$/^(user|chdir|chroot|procself)$")
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // until it ends: it lacks the capability
		err := unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_PTRACE, 0, 0, 0)
		var out []byte
		if err == nil {
			out, err = cmd.CombinedOutput()
		}
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out)
		}
		ended <- err
	}()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
