package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"magicpak/tester"
	"magicpak/tracer"
)

var update = flag.Bool("update", false, "write what was printed into the scripts' golden files")

func TestMain(m *testing.M) {
	tester.Stub()
	tracer.Stub()
	testscript.Main(m, map[string]func(){"magicpak": main})
}

// TestScripts runs the real main on testdata/script: one archive per behaviour
// that a user sees.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"status": status, "inside": inside},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root": // chroot wants it
				return os.Getuid() == 0, nil
			case "runs32": // the kernel may be built without
				return !errors.Is(exec.Command("/lib/ld-linux.so.2", "--version").Run(), syscall.ENOEXEC), nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
		Setup: func(e *testscript.Env) error {
			// Signs of life would come when the machine is slow.
			e.Vars = append(e.Vars, "TMPDIR="+e.WorkDir, "MAGICPAK_PROGRESS=none")
			return nil
		},
	})
}

// status N COMMAND... runs a command, which must end with status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := statusOf(ts.Exec(args[1], args[2:]...)); got != want {
		fmt.Fprint(ts.Stderr(), ts.ReadFile("stderr"))
		ts.Fatalf("status %d, want %d", got, want)
	}
}

// inside DIR COMMAND... runs a command in the bundle DIR with /proc there, as a
// container has it: glibc reads $ORIGIN from it.
func inside(ts *testscript.TestScript, neg bool, args []string) {
	const enter = `mkdir -p "$1/proc" && mount -t proc proc "$1/proc" && root=$1 && shift && exec chroot "$root" "$@"`
	if neg || len(args) < 2 {
		ts.Fatalf("usage: inside DIR COMMAND...")
	}
	args = append([]string{"--mount", "sh", "-c", enter, "sh"}, args...)
	ts.Check(ts.Exec("unshare", args...))
}

func statusOf(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}
