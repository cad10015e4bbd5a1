package tracer

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestWatch observes a program that runs already, and what it starts.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"read": "x", "changed": "x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(20 * time.Millisecond) // the clock of birth times ticks every 4 ms or so
	cmd := exec.Command("sh", "-c", "while :; do cat read >/dev/null; cat nothing 2>/dev/null; echo y >>changed; echo z >made; sleep 0.05; done")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	p, err := Watch(t.Context(), Targets{PIDs: []int{cmd.Process.Pid}}, Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Runs[0]; !r.Stopped || r.Command[0] != "sh" || len(r.Incomplete) > 0 {
		t.Errorf("recording: %+v", r)
	}
	set := accesses(p)
	for _, want := range []string{
		"open DIR/read -> DIR/read errno 0 100000",
		"open DIR/nothing -> DIR/nothing no such file or directory 0",
		"modify DIR/changed -> DIR/changed errno 0 100000",
		"exec /usr/bin/cat -> /usr/bin/cat errno 0 100000",
	} {
		if !set[want] {
			t.Errorf("not seen: %s", want)
		}
	}
	before := func(name string) *Before {
		i := slices.IndexFunc(p.Before, func(b Before) bool { return string(b.Path) == filepath.Join(dir, name) })
		if i < 0 {
			t.Fatalf("nothing is known of %s before", name)
		}
		return &p.Before[i]
	}
	if b := before("changed"); b.Lost == "" || b.Absent {
		t.Errorf("before: %+v", b)
	}
}

// TestWatchCGroup ends with the last process in a cgroup.
func TestWatchCGroup(t *testing.T) {
	group := ownCGroup(t)
	cmd := exec.Command("sh", "-c", "echo $$ >"+group+"/cgroup.procs; read go; cat /etc/hostname >/dev/null")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if members, err := cgroupMembers(group); err != nil {
			t.Fatal(err)
		} else if len(members) == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the process did not join the cgroup")
		}
	}
	letGo := sync.OnceFunc(func() {
		stdin.Close()
		go func() { _ = cmd.Wait() }()
	})
	p, err := Watch(t.Context(), Targets{CGroups: []string{group}}, Options{
		Timeout: 30 * time.Second, Progress: func(int, int) { letGo() },
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Runs[0].Stopped {
		t.Error("the watch did not end with the program")
	}
	if !accesses(p)["open /etc/hostname -> /etc/hostname errno 0 100000"] {
		t.Error("/etc/hostname was not seen")
	}
}

// ownCGroup makes a cgroup, in the unified hierarchy or in one of the older ones.
func ownCGroup(t *testing.T) string {
	t.Helper()
	for _, root := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/devices"} {
		if _, err := os.Stat(root + "/cgroup.procs"); err != nil {
			continue
		}
		dir, err := os.MkdirTemp(root, "magicpak-test-")
		if err == nil {
			t.Cleanup(func() { _ = os.Remove(dir) })
			return dir
		}
	}
	t.Skip("needs a cgroup file system that is mounted and writable")
	return ""
}
