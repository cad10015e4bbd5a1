package tracer

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// run traces a shell command in a folder of its own.
func run(t *testing.T, dir, script string, o Options) *Profile {
	t.Helper()
	var errs bytes.Buffer
	o.Scratch = t.TempDir()
	p, err := Run(context.Background(), Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: os.Environ(), Dir: dir, Stderr: &errs,
	}, o)
	if err != nil {
		t.Fatal(err)
	}
	if errs.Len() > 0 {
		t.Errorf("standard error: %s", errs.Bytes())
	}
	return p
}

// find returns the access to a path.
func find(p *Profile, op Op, path string) *Access {
	for i := range p.Accesses {
		if a := &p.Accesses[i]; a.Op == op && a.Path == rootfs.ByteName(path) {
			return a
		}
	}
	return nil
}

func TestRunRecordsDescendants(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "in"), "x")
	p := run(t, dir, "(cat in >/dev/null); test -e nothing; exit 3", Options{})
	if got := p.Runs[0].Status; got != 3 {
		t.Errorf("status = %d, want 3", got)
	}
	in := find(p, Open, filepath.Join(dir, "in"))
	if in == nil || in.Errno != 0 || in.Type != unix.S_IFREG {
		t.Errorf("cat's file is %+v", in)
	}
	missing := find(p, Stat, filepath.Join(dir, "nothing"))
	if missing == nil || missing.Errno != unix.ENOENT {
		t.Errorf("test's file is %+v", missing)
	}
}

func TestRunKeepsEarlierState(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"changed", "removed", "replaced", "moved"} {
		write(t, filepath.Join(dir, name), "old "+name)
	}
	scratch := t.TempDir()
	p, err := Run(context.Background(), Command{
		Path: "/bin/sh", Dir: dir, Env: os.Environ(),
		Args: []string{"sh", "-c", "echo >>changed; rm removed; echo >made; mv made replaced; mv moved new"},
	}, Options{Scratch: scratch})
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]Before{}
	for _, b := range p.Before {
		before[filepath.Base(string(b.Path))] = b
	}
	for _, name := range []string{"changed", "removed", "replaced", "moved"} {
		got, err := os.ReadFile(before[name].Copy)
		if err != nil || string(got) != "old "+name {
			t.Errorf("%s was %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"made", "new"} {
		if !before[name].Absent {
			t.Errorf("%s was there: %+v", name, before[name])
		}
	}
}

// What comes and goes in proc was not made by the run.
func TestRunMakesNothingInProc(t *testing.T) {
	p := run(t, t.TempDir(), "test -e /proc/self/fd/9; exec 9</etc/passwd; test -e /proc/$$/fd/9", Options{})
	if len(p.Before) > 0 {
		t.Errorf("before: %+v", p.Before)
	}
}

func TestRunErrors(t *testing.T) {
	script := filepath.Join(t.TempDir(), "script")
	write(t, script, "#!/no/such/interpreter\n")
	for path, want := range map[string]*ExecError{
		"/no/such/program": {Path: "/no/such/program", Err: unix.ENOENT},
		script:             {Path: script, Interpreter: "/no/such/interpreter", Err: unix.ENOENT},
		"/etc/passwd":      {Path: "/etc/passwd", Err: unix.EACCES},
	} {
		_, err := Run(context.Background(), Command{Path: path, Args: []string{"x"}}, Options{})
		var got *ExecError
		if !errors.As(err, &got) || *got != *want {
			t.Errorf("Run(%s): %v, want %v", path, err, want)
		}
	}
}

// write makes an executable file. No child that another test starts meanwhile
// may inherit it open for writing, or executing it fails with ETXTBSY.
func write(t *testing.T, path, content string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}
