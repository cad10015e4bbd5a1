package bundler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A faultyPlace is an output whose state can be looked at and set again.
type faultyPlace struct {
	dir    string // everything below belongs to the test
	out    string
	reset  func()
	before map[string]string
}

// newPlace makes an output of one kind.
func newPlace(t *testing.T, kind string) *faultyPlace {
	t.Helper()
	dir := t.TempDir()
	mountOn(t, "tmpfs", dir, "tmpfs", 0) // where to sync takes no time
	p := &faultyPlace{dir: dir, out: filepath.Join(dir, "out")}
	p.reset = func() {}
	switch kind {
	case "missing parents":
		p.out = filepath.Join(dir, "a/b/out")
		p.reset = func() { must(t, os.RemoveAll(filepath.Join(dir, "a"))) }
	case "missing":
		p.reset = func() { must(t, os.RemoveAll(p.out)) }
	case "empty":
		p.reset = func() {
			must(t, os.RemoveAll(p.out))
			must(t, os.Mkdir(p.out, 0o711))
			must(t, os.Chown(p.out, 21, 22))
		}
	case "unwritable parent":
		must(t, os.Chmod(dir, 0o755))
		must(t, os.Chmod(filepath.Dir(dir), 0o755))
		must(t, os.Mkdir(p.out, 0o711))
		must(t, os.Chown(p.out, nobody, nobody))
		p.reset = func() {
			run(t, "sh", "-c", `chmod -R u+w "$0" && find "$0" -mindepth 1 -delete && chmod 711 "$0"`, p.out)
		}
	case "mount":
		must(t, os.Mkdir(p.out, 0o711))
		mountOn(t, p.out, p.out, "", unix.MS_BIND)
		p.reset = func() { emptyFolder(t, p.out) }
	}
	p.set(t)
	return p
}

func emptyFolder(t *testing.T, dir string) {
	t.Helper()
	names, err := os.ReadDir(dir)
	must(t, err)
	for _, n := range names {
		must(t, os.RemoveAll(filepath.Join(dir, n.Name())))
	}
	must(t, os.Chown(dir, 21, 22))
	must(t, unix.Chmod(dir, 0o711))
}

// set makes the state before a run, times aside.
func (p *faultyPlace) set(t *testing.T) {
	p.reset()
	p.before = p.state(t)
}

// state is what is in the place, without the times that only a rename changes.
func (p *faultyPlace) state(t *testing.T) map[string]string {
	t.Helper()
	files := snapshot(t, p.dir)
	delete(files, "/")
	out := strings.TrimPrefix(p.out, p.dir)
	for d := filepath.Dir(out); d != "/"; d = filepath.Dir(d) {
		delete(files, d)
	}
	if line, ok := files[out]; ok && len(files) == 1 {
		mode, rest, _ := strings.Cut(line, " ")
		owner, _, _ := strings.Cut(rest, " ")
		files[out] = mode + " " + owner
	}
	return files
}

// A fault lets the n-th system call fail.
type fault struct {
	n    int
	err  error
	seen int
	op   string
	path string
}

func (f *fault) hook(op, path string) error {
	if f.seen++; f.seen != f.n {
		return nil
	}
	f.op, f.path = op, path
	return f.err
}

// Each system call of a bundle that has everything fails once, with each error
// of a machine that fails. The run must say so and name a file, and leave what
// was there, or, where only what comes after the rename failed, the new bundle.
func TestEveryCallFails(t *testing.T) {
	errnos := map[string][]unix.Errno{
		"missing":         {unix.ENOSPC, unix.EDQUOT, unix.EROFS, unix.EIO, unix.EMFILE},
		"missing parents": {unix.ENOSPC}, "empty": {unix.EIO}, "mount": {unix.EIO},
	}
	source := everything(t)
	whole := snapshot(t, string(source))
	for kind, list := range errnos {
		if testing.Short() {
			list = list[:1]
		}
		t.Run(kind, func(t *testing.T) {
			before := openFiles(t)
			newPlace(t, kind).failEach(t, wholeManifest(t, source), list, whole)
			if n := openFiles(t); n != before {
				t.Errorf("%d open files, %d before", n, before)
			}
		})
	}
	t.Run("unwritable parent", func(t *testing.T) {
		source := modest(t)
		p := newPlace(t, "unwritable parent")
		asNobody(t, func() {
			m := newManifest(t, source)
			_, err := m.Include("/")
			must(t, err)
			_, err = Write(context.Background(), m, p.out, Options{oneByOne: true})
			must(t, err)
			whole := snapshot(t, p.out)
			p.reset()
			p.failEach(t, m, []unix.Errno{unix.ENOSPC}, whole)
		})
	})
}

// failEach lets every call fail once with each error.
func (p *faultyPlace) failEach(t *testing.T, m *Manifest, list []unix.Errno, whole map[string]string) {
	t.Helper()
	for _, errno := range list {
		calls := 0
		for n := 1; ; n++ {
			f := &fault{n: n, err: errno}
			if !p.fails(t, m, f, whole) {
				break
			}
			calls = n
		}
		if calls < 100 {
			t.Errorf("%v: %d calls, want hundreds", errno, calls)
		}
		t.Logf("%v: %d calls", errno, calls)
	}
}

var namesFile = regexp.MustCompile(`(^| )/[^ :]+: `)

func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(names)
}

// fails writes the bundle once and judges what happened. It returns whether
// the fault came up.
func (p *faultyPlace) fails(t *testing.T, m *Manifest, f *fault, whole map[string]string) bool {
	t.Helper()
	m.forgetStats(t)
	_, err := Write(context.Background(), m, p.out, Options{fault: f.hook, oneByOne: true})
	at := fmt.Sprintf("call %d, %s %q, %v", f.n, f.op, f.path, f.err)
	happened := f.op != ""
	state := p.state(t)
	isWhole := len(differences(snapshotIfThere(t, p.out), whole)) == 0
	switch {
	case err == nil && !isWhole:
		t.Fatalf("%s: no error and no whole bundle", at)
	case err == nil && happened:
		t.Errorf("%s: no error", at)
	case err == nil:
	case !errors.Is(err, f.err):
		t.Errorf("%s: error without its cause: %v", at, err)
	case !namesFile.MatchString(err.Error()):
		t.Errorf("%s: error without a file: %v", at, err)
	case !maps.Equal(state, p.before) && !isWhole:
		t.Fatalf("%s: left behind: %q\nbefore: %q", at, state, p.before)
	}
	if !maps.Equal(state, p.before) {
		p.set(t)
	}
	return happened
}

func snapshotIfThere(t *testing.T, dir string) map[string]string {
	t.Helper()
	if _, err := os.Lstat(dir); err != nil {
		return nil
	}
	return snapshot(t, dir)
}

// forgetStats plans the files as they are now: a run that failed may have
// noted what it saw.
func (m *Manifest) forgetStats(t *testing.T) {
	t.Helper()
	for e := range m.Entries() {
		st, err := m.source.Lstat(e.Source)
		must(t, err)
		e.Stat = st
	}
}

// Calls that move less than they were asked to are continued.
func TestShortCalls(t *testing.T) {
	source := everything(t)
	whole := snapshot(t, string(source))
	p := newPlace(t, "missing")
	m := wholeManifest(t, source)
	moved := 0
	short := func(op, _ string) error {
		if op == "read" || op == "write" || op == "copy" {
			if moved++; moved%3 != 0 {
				return errShort
			}
		}
		return nil
	}
	_, err := Write(context.Background(), m, p.out, Options{fault: short, oneByOne: true})
	must(t, err)
	for _, d := range differences(snapshot(t, p.out), whole) {
		t.Error(d)
	}
	if moved < 20 {
		t.Errorf("%d calls", moved)
	}
}
