package tester

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// busyboxRoot makes a root that holds a static busybox as its shell and applets.
func busyboxRoot(t *testing.T, applets ...string) string {
	t.Helper()
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, "bin"), 0o755))
	must(t, os.Chmod(root, 0o755))
	data, err := os.ReadFile(busyboxPath(t))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "bin/busybox"), data, 0o755))
	for _, a := range append(applets, "sh") {
		must(t, os.Symlink("busybox", filepath.Join(root, "bin", a)))
	}
	return root
}

func busyboxPath(t *testing.T) string {
	t.Helper()
	p, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal("the tests need a static busybox: apt-get install busybox-static")
	}
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run runs a shell command in a jail made in one way.
func run(t *testing.T, c Case, w way, command string) (*Result, string, string) {
	t.Helper()
	must(t, c.SetCommand(command, "", func(string) bool { return true }))
	j, err := c.prepare(t.TempDir(), []way{w})
	must(t, err)
	return runJail(t, j)
}

func runJail(t *testing.T, j *Jail) (*Result, string, string) {
	t.Helper()
	var out, stderr Output
	must(t, j.Run(t.Context(), Stdio{In: bytes.NewReader(nil), Out: &out, Err: &stderr}))
	r, err := j.Finish()
	must(t, err)
	o, _ := out.Bytes()
	e, _ := stderr.Bytes()
	return r, string(o), string(e)
}

// inEveryWay runs a test for each way of making a jail.
func inEveryWay(t *testing.T, test func(t *testing.T, w way)) {
	for _, w := range ways {
		name := string(w.isolation)
		if w.scratch {
			name += " with overlay"
		}
		t.Run(name, func(t *testing.T) { test(t, w) })
	}
}

// listing describes what a directory holds: names, types, sizes, times, inodes.
func listing(t *testing.T, dir string) string {
	t.Helper()
	out, err := exec.Command("find", dir, "-printf", "%P %M %U:%G %s %T@ %i %l\n").CombinedOutput()
	must(t, err)
	return string(out)
}

// A test sees what a container has, and leaves nothing of it.
func TestSurroundings(t *testing.T) {
	inEveryWay(t, func(t *testing.T, w way) {
		root := busyboxRoot(t, "id", "env", "cat", "ls")
		before := listing(t, root)
		command := `id -u; echo $PATH $HOME $PWD; cat /etc/hosts; [ -c /dev/null ] && echo x >/dev/null && ls /dev/zero /dev/urandom
			echo made >/made; echo more >>/etc/hostname; exit 3`
		r, out, stderr := run(t, Case{Root: root, Timeout: time.Minute}, w, command)
		want := "0\n" + DefaultPath + " / /\n" + etcFiles()["hosts"] + "/dev/urandom\n/dev/zero\n"
		if r.Status != 3 || out != want || stderr != "" {
			t.Errorf("status %d, printed %q and %q, want %q", r.Status, out, stderr, want)
		}
		if after := listing(t, root); after != before {
			t.Errorf("the directory was\n%sand is\n%s", before, after)
		}
		if len(r.Changed) > 0 {
			t.Errorf("changed: %q", r.Changed)
		}
		if limited := len(r.Limits) > 0; limited != (w.isolation == Chroot) {
			t.Errorf("limits: %q", r.Limits)
		}
	})
}

// What a test changes does not stay, or is reported where it was made in the
// directory itself.
func TestChanges(t *testing.T) {
	inEveryWay(t, func(t *testing.T, w way) {
		root := busyboxRoot(t)
		must(t, os.WriteFile(filepath.Join(root, "kept"), []byte("before"), 0o644))
		must(t, os.WriteFile(filepath.Join(root, "lost"), []byte("before"), 0o644))
		r, _, _ := run(t, Case{Root: root}, w, "echo after >/kept; /bin/busybox rm /lost")
		if w.scratch {
			data, err := os.ReadFile(filepath.Join(root, "kept"))
			if err != nil || string(data) != "before" || len(r.Changed) > 0 {
				t.Errorf("kept holds %q, %v; changed %q", data, err, r.Changed)
			}
			return
		}
		if want := []string{"/kept", "/lost"}; !slices.Equal(r.Changed, want) {
			t.Errorf("changed %q, want %q", r.Changed, want)
		}
	})
}

// A test ends soon after its limit, whatever it does, and nothing is left.
func TestTimeLimit(t *testing.T) {
	for _, w := range []way{{Namespaces, true}, {Chroot, false}} {
		for name, command := range map[string]string{
			"sleeps":       "sleep 100",
			"ignores TERM": "trap '' TERM HUP INT; while :; do sleep 100; done",
			"stops itself": "kill -STOP $$; sleep 100",
			"prints":       "while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done",
			"leaves":       "(sleep 101 & sleep 102 &) & sleep 100",
			"forks":        "f() { n=$1; [ $n -lt 24 ] || n=0; ( [ $n = 0 ] || f $((n+1)) ) & sleep 0.01; wait; }; while :; do f 1; done",
		} {
			t.Run(string(w.isolation)+" "+name, func(t *testing.T) {
				const limit = 500 * time.Millisecond
				r, _, _ := run(t, Case{Root: busyboxRoot(t, "sleep"), Timeout: limit}, w, command)
				if !r.TimedOut || r.Signal != unix.SIGKILL || r.Elapsed > limit+2*time.Second {
					t.Errorf("%+v", r)
				}
				if left := descendants(os.Getpid(), nil); len(left) > 0 {
					t.Errorf("processes left: %v", left)
				}
			})
		}
	}
}

// Another user than root tests in a user namespace.
func TestAsUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("is another user already")
	}
	const uid = 65534
	dir := t.TempDir()
	must(t, os.Chown(dir, uid, uid))
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "test"), self, 0o755))
	cmd := exec.Command(filepath.Join(dir, "test"), "-test.v", "-test.run=^(TestSurroundings|TestChanges|TestUser|TestOutsideShell)$/^(user_namespace_with_overlay)?$")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS") < 4 {
		t.Errorf("%v\n%s", err, out)
	}
}

// The test runs as the user that it is to run as, without capabilities.
func TestUser(t *testing.T) {
	inEveryWay(t, func(t *testing.T, w way) {
		c := Case{Root: busyboxRoot(t, "id", "grep"), User: User{12, 34}, Env: []string{"A=b c"}}
		r, out, stderr := run(t, c, w, `id -u; id -g; id -G; echo "$A"; ! [ -e /proc/self ] || grep -v 0000000000000000 /proc/self/status | grep Cap.[^n]`)
		if want := "12\n34\n34\nb c\n"; out != want || r.Status > 1 || stderr != "" {
			t.Errorf("status %d, printed %q and %q, want %q", r.Status, out, stderr, want)
		}
	})
}

// A command that crashes is told from one that ends.
func TestCrash(t *testing.T) {
	inEveryWay(t, func(t *testing.T, w way) {
		r, _, _ := run(t, Case{Root: busyboxRoot(t)}, w, "kill -SEGV $$")
		if r.Status != 128+int(unix.SIGSEGV) || r.Signal != unix.SIGSEGV {
			t.Errorf("%+v", r)
		}
	})
}

// The machine's own root can be tested, too, and stays as it is. In a bare
// chroot it would not.
func TestHostRoot(t *testing.T) {
	before, err := os.ReadDir("/")
	must(t, err)
	r, out, stderr := run(t, Case{Root: "/"}, way{Namespaces, true}, "echo x >/made && ls /made")
	if r.Status != 0 || out != "/made\n" {
		t.Errorf("status %d, %q, %q", r.Status, out, stderr)
	}
	after, err := os.ReadDir("/")
	must(t, err)
	if len(after) != len(before) {
		t.Errorf("/ held %v and holds %v", before, after)
	}
	c := Case{Root: "/", Path: "/bin/true", Args: []string{"true"}}
	if _, err := c.prepare(t.TempDir(), []way{{Namespaces, false}, {Chroot, false}}); !errors.Is(err, ErrNotSupported) {
		t.Errorf("in / itself: %v", err)
	}
}
