package tracer

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// profileOf runs a shell command with a backend.
func profileOf(t *testing.T, backend, script string) (*Profile, string) {
	t.Helper()
	var out bytes.Buffer
	p, err := Run(t.Context(), Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: t.TempDir(),
		Stdout: &out,
	}, Options{Backend: backend, Scratch: t.TempDir(), Timeout: time.Minute})
	if err != nil {
		t.Fatalf("%s: %v", backend, err)
	}
	return p, out.String()
}

// accesses returns what a profile holds without numbers of processes and the
// folder that the run was in.
func accesses(p *Profile) map[string]bool {
	set := map[string]bool{}
	dir := string(p.Runs[0].Dir)
	for _, a := range p.Accesses {
		key := fmt.Sprintf("%s %s -> %s %v %o", a.Op, a.Path, a.Object, a.Errno, a.Type)
		if a.Virtual && strings.HasPrefix(string(a.Path), "/proc") {
			key = "proc"
		}
		set[strings.ReplaceAll(key, dir, "DIR")] = true
	}
	for _, b := range p.Before {
		set[strings.ReplaceAll(fmt.Sprintf("before %s %v %v", b.Path, b.Absent, b.Target), dir, "DIR")] = true
	}
	return set
}

// TestBackendsAgree runs the same with each backend.
func TestBackendsAgree(t *testing.T) {
	for _, script := range []string{
		"cat /etc/hostname >/dev/null; ls / >/dev/null; cat nothing",
		"cd /usr; cat ../etc/passwd | head -1; (cd lib; ls .. >/dev/null) & wait",
		"echo x >new; mv new newer; rm newer; mkdir d; ln -s d l; echo y >l/f; cat l/../l/f",
		"python3 -c 'import json, threading; t = threading.Thread(target=lambda: open(\"/etc/services\").read()); t.start(); t.join()'",
		"printf '#!/bin/sh\\ncat /etc/issue\\n' >s; chmod +x s; ./s; exec ./s",
		"sh -c 'kill -SEGV $$'; exit 7",
		"(sleep 0.2; cat /etc/fstab >/dev/null) & exit 3",
	} {
		want, wantOut := profileOf(t, "ptrace", script)
		for _, backend := range []string{"notify", "ebpf"} {
			agree(t, backend, script, want, wantOut)
		}
	}
}

// agree runs a script with a backend and compares.
func agree(t *testing.T, backend, script string, want *Profile, wantOut string) {
	t.Helper()
	got, gotOut := profileOf(t, backend, script)
	script = backend + ": " + script
	if g, w := got.Runs[0], want.Runs[0]; g.Status != w.Status || !slices.Equal(g.Remarks, w.Remarks) || !slices.Equal(g.Incomplete, w.Incomplete) {
		t.Errorf("%s: got %+v, want %+v", script, g, w)
	}
	if gotOut != wantOut {
		t.Errorf("%s: printed %q, want %q", script, gotOut, wantOut)
	}
	if g, w := accesses(got), accesses(want); !maps.Equal(g, w) {
		for k := range g {
			if !w[k] {
				t.Errorf("%s: only here: %s", script, k)
			}
		}
		for k := range w {
			if !g[k] {
				t.Errorf("%s: only ptrace: %s", script, k)
			}
		}
	}
}

// TestKeeper kills the tracer: no tracee may be left.
func TestKeeper(t *testing.T) {
	if os.Getenv("TRACER_TO_KILL") != "" {
		profileOf(t, "notify", "sleep 1000 & setsid sh -c 'while :; do cat /etc/hostname >/dev/null; sleep 0.01; done'")
		return
	}
	const mark = "TRACER_TO_KILL"
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKeeper$")
	cmd.Env = append(os.Environ(), mark+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	below := func() int { return len(descendants(cmd.Process.Pid)) }
	for end := time.Now().Add(10 * time.Second); below() < 4 && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	all := descendants(cmd.Process.Pid)
	if len(all) < 4 {
		t.Fatalf("only %d processes run", len(all))
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if !slices.ContainsFunc(all, lives) {
			return
		}
	}
	t.Error("tracees outlived the tracer")
}
