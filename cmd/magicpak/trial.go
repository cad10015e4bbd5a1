package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"magicpak/elfdeps"
	"magicpak/rootfs"
	"magicpak/tester"
	"magicpak/tracer"
)

// A trial is one test of a bundle.
type trial struct {
	*testPlan
	dir     string      // the bundle
	host    rootfs.Tree // what it was made from
	program string      // executed where the plan has no command, in the bundle
	args    []string    // of program, its name at 0
	workdir string      // where it runs
	replays bool        // a run of --dynamic
	scratch string      // a folder for temporary files

	shell                string // from outside of the bundle, "" for none
	stdoutGot, stderrGot tester.Output
	result               *tester.Result
	accesses             []tracer.Access // from the start of the command on
	untraced             string          // why nothing was observed
}

// run runs the test. Whether the bundle passed is what [trial.verdict] says;
// the error is for a test that could not be made.
func (t *trial) run(ctx context.Context) error {
	c, err := t.testCase()
	if err != nil {
		return err
	}
	jail, err := c.Prepare(t.scratch)
	if err != nil {
		return err
	}
	runErr := t.observe(ctx, jail)
	t.program, t.shell = c.Path, c.Shell
	t.result, err = jail.Finish()
	if err := errors.Join(context.Cause(ctx), runErr); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	for _, limit := range t.result.Limits {
		slog.Info("test: " + limit)
	}
	return nil
}

// testCase decides what is executed.
func (t *trial) testCase() (*tester.Case, error) {
	c := &tester.Case{
		Root: t.dir, Path: t.program, Args: t.args,
		Env: t.env, Dir: t.workdir, User: t.user, Timeout: t.timeout,
	}
	if t.command == nil {
		return c, nil
	}
	busybox, err := findBusybox(t.busybox)
	if err != nil {
		return nil, err
	}
	return c, c.SetCommand(*t.command, busybox, func(path string) bool { return starts(t.dir, path) })
}

// starts tells whether the loader would find all that the program at path in
// the bundle needs.
func starts(bundle, path string) bool {
	res, err := (&elfdeps.Resolver{Root: rootfs.Dir(bundle)}).Resolve(path)
	return err == nil && res.Closed()
}

const defaultBusybox = "busybox"

const busyboxHint = "install the package busybox-static, or name one with --busybox PATH"

// findBusybox returns the path of the busybox whose shell a test may use, ""
// where there is none and none was asked for.
func findBusybox(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err == nil {
		path, err = filepath.Abs(path)
	}
	switch {
	case err != nil && name == defaultBusybox:
		return "", nil
	case err != nil:
		return "", &toolError{"busybox", name, lookupCause(err), busyboxHint}
	case isStatic(path):
		return path, nil
	case name == defaultBusybox:
		slog.Info(path + " is not static: tests do without it")
		return "", nil
	}
	return "", &toolError{"busybox", name, errors.New("is not static, so it would need libraries of the bundle"), busyboxHint}
}

// isStatic tells whether the file at path is an ELF executable without a
// program interpreter.
func isStatic(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false
	}
	o, err := elfdeps.Read(f, info.Size())
	return err == nil && o.Interp == ""
}

// testBackend is the tracer that changes least of what a program in namespaces
// of its own sees: under notifications a fork there may fail.
const testBackend = "ptrace"

// observe runs the jail under the tracer, or without it where there is none.
func (t *trial) observe(ctx context.Context, jail *tester.Jail) error {
	path, args, env, err := jail.Command()
	if err != nil {
		return err
	}
	p, err := tracer.Run(ctx, tracer.Command{
		Path: path, Args: args, Env: env, Dir: "/",
		Stdin: strings.NewReader(t.stdin), Stdout: &t.stdoutGot, Stderr: &t.stderrGot,
	}, tracer.Options{
		Backend: testBackend, Scratch: t.scratch,
		Again: func() { t.stdoutGot, t.stderrGot = tester.Output{}, tester.Output{} },
	})
	if errors.Is(err, tracer.ErrNotSupported) {
		t.untraced = err.Error()
		return jail.Run(ctx, tester.Stdio{In: strings.NewReader(t.stdin), Out: &t.stdoutGot, Err: &t.stderrGot})
	}
	if err != nil {
		return err
	}
	dir, err := filepath.EvalSymlinks(t.dir)
	if err == nil {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return err
	}
	t.accesses = inJail(p.Accesses, dir)
	for i := range p.Runs {
		for _, text := range p.Runs[i].Incomplete {
			slog.Debug("test: not all was seen: " + text)
		}
	}
	return nil
}

// inJail returns what was looked up from the start of the command on, with paths
// as the command has them. In a bare chroot the tracer gives those that this
// machine has them at, below dir. The rest are the jail's own.
func inJail(all []tracer.Access, dir string) []tracer.Access {
	begin := slices.IndexFunc(all, func(a tracer.Access) bool {
		return a.Path == tester.Marker || string(a.Path) == dir+tester.Marker
	})
	if begin < 0 {
		return nil
	}
	marker, below := &all[begin], dir+"/"
	inside := marker.Path == tester.Marker
	var list []tracer.Access
	for _, a := range all {
		if a.Last <= marker.Last || a.By.Program == marker.By.Program || !inside && !strings.HasPrefix(string(a.Path), below) {
			continue
		}
		if !inside {
			a.Path = a.Path[len(dir):]
			a.By.Program = rootfs.ByteName(strings.TrimPrefix(string(a.By.Program), dir))
		}
		list = append(list, a)
	}
	return list
}

// A testError reports a bundle that failed its test. It ends with status 4.
type testError struct {
	reason      string   // as in "/bin/x ended with status 1"
	diff        []string // of standard output
	replayed    bool     // diff is from the output of a run of --dynamic
	stderr      []string // the last lines
	cut         bool     // there are more
	untraced    string
	explanation *tester.Explanation
	repairable  bool // --repair could be given
}

func (e *testError) Error() string { return "the bundle failed its test: " + e.reason }

// verdict returns nil for a bundle that passed, else a *testError.
func (t *trial) verdict() error {
	e := &testError{untraced: t.untraced}
	stdout, _ := t.stdoutGot.Bytes()
	switch r := t.result; {
	case r.TimedOut:
		e.reason = fmt.Sprintf("%s had not ended after %s (--test-timeout)", t.name(), t.timeout)
	case r.ExecErrno != 0:
		e.reason = fmt.Sprintf("%s could not be executed: %v", t.name(), r.ExecErrno)
	case r.Status != t.exitCode:
		e.reason = fmt.Sprintf("%s ended with %s", t.name(), wantedStatus(r, t.exitCode))
	case t.stdout != nil && strings.TrimSpace(string(stdout)) != strings.TrimSpace(*t.stdout):
		e.reason = t.name() + " printed something else than " + t.expectation()
		e.replayed = t.replays
		e.diff = diff(strings.TrimSpace(*t.stdout), strings.TrimSpace(string(stdout)))
	default:
		return nil
	}
	stderr, _ := t.stderrGot.Bytes()
	e.stderr, e.cut = lastLines(string(stderr), maxStderrLines)
	e.explanation = tester.Explain(t.evidence(string(stderr)))
	return e
}

// name is what was run, for messages.
func (t *trial) name() string {
	if t.command != nil {
		return *t.command
	}
	return strings.Join(t.args, " ")
}

// expectation says where the output that was wanted comes from.
func (t *trial) expectation() string {
	if t.replays {
		return "in the run of --dynamic"
	}
	return "--test-stdout"
}

func wantedStatus(r *tester.Result, want int) string {
	text := fmt.Sprintf("status %d", r.Status)
	if r.Signal != 0 {
		text = fmt.Sprintf("signal %d (%s)", int(r.Signal), r.Signal)
	}
	if want != 0 {
		text += fmt.Sprintf(", not %d", want)
	}
	return text
}
