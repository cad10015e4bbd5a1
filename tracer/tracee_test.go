package tracer

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

var testedBackends = []string{"ptrace", ptraceAll, ptraceRegisters, "notify", backendProbe}

var repeat = flag.Int("repeat", 2, "how often each tracee is run")

// A tracee is a program in testdata/tracee. What it does stands in the comment
// at its start:
//
//	setup: shell commands that prepare the folder in which it runs
//	want: operation, path, error, "->" and object, where that is another path
//	before: path, and "absent", "kept" (with its content), "dir" or "link"
//	remark, incomplete: a part of such a sentence in the profile
//	root, ia32: what it needs to run
//	only: the backends that can see what it does
//	differs: it behaves otherwise than untraced, which the remark is about
//
// Paths are relative to that folder, and nothing else is compared.
type program struct {
	name, binary string
	setup        string
	want, before []string
	remarks      []string
	incomplete   []string
	needs        []string
	only         string
	differs      bool
}

func TestTracees(t *testing.T) {
	sources, err := filepath.Glob("testdata/tracee/*.c")
	if err != nil || len(sources) == 0 {
		t.Fatal("no tracees", err)
	}
	for _, source := range sources {
		p := readProgram(t, source)
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.test(t, "-static")
		})
	}
}

// The same programs as 32-bit ones enter the kernel with other numbers.
func TestTracees32(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("needs an x86-64 kernel")
	}
	requires32(t)
	for _, name := range []string{"open", "stat", "make", "remove", "rename", "exec", "socket", "chdir", "links", "uring", "untraced", "names", "vforks"} {
		p := readProgram(t, "testdata/tracee/"+name+".c")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.test(t, "-static", "-m32", "-D_FILE_OFFSET_BITS=64")
		})
	}
}

// requires32 skips where 32-bit programs cannot be made or run.
func requires32(t *testing.T) {
	source := filepath.Join(t.TempDir(), "main.c")
	write(t, source, "int main(void) { return 0; }")
	binary := strings.TrimSuffix(source, ".c")
	if out, err := exec.Command("gcc", "-static", "-m32", "-o", binary, source).CombinedOutput(); err != nil {
		t.Skipf("needs a C compiler for 32-bit programs (gcc-multilib): %s", out)
	}
	if err := exec.Command(binary).Run(); err != nil {
		t.Skipf("needs a kernel that runs 32-bit programs: %v", err)
	}
}

func readProgram(t *testing.T, source string) *program {
	t.Helper()
	data, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{name: strings.TrimSuffix(filepath.Base(source), ".c")}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan() && strings.HasPrefix(s.Text(), "//"); {
		p.directive(strings.TrimPrefix(s.Text(), "// "))
	}
	return p
}

func (p *program) directive(line string) {
	key, value, _ := strings.Cut(line, ": ")
	switch key {
	case "setup":
		p.setup = value
	case "want":
		p.want = append(p.want, expand(value)...)
	case "before":
		p.before = append(p.before, value)
	case "remark":
		p.remarks = append(p.remarks, value)
	case "incomplete":
		p.incomplete = append(p.incomplete, value)
	case "only":
		p.only = value
	case "differs":
		p.differs = true
	default:
		p.needs = append(p.needs, key)
	}
}

// expand writes out the first of the ranges "[0-7]" in s, and so on.
func expand(s string) []string {
	i := strings.IndexByte(s, '[')
	if i < 0 {
		return []string{s}
	}
	var list []string
	for c := s[i+1]; c <= s[i+3]; c++ {
		list = append(list, expand(s[:i]+string(c)+s[i+5:])...)
	}
	return list
}

func (p *program) test(t *testing.T, flags ...string) {
	p.require(t)
	p.binary = filepath.Join(t.TempDir(), p.name)
	args := append([]string{"-Wall", "-Wno-unused-result", "-O1", "-pthread", "-o", p.binary, "testdata/tracee/" + p.name + ".c"}, flags...)
	out, err := exec.Command("gcc", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	untraced := p.untraced(t)
	if slices.Contains(p.needs, "ia32") && untraced.status == 128+int(unix.SIGSEGV) {
		t.Skip("needs a kernel that runs 32-bit programs (CONFIG_IA32_EMULATION)")
	}
	for _, backend := range p.backends() {
		t.Run(backend, func(t *testing.T) {
			for i := 0; i < *repeat && !t.Failed(); i++ {
				p.once(t, backend, untraced)
			}
		})
	}
}

func (p *program) backends() []string {
	if p.only != "" {
		return permitted(strings.Fields(p.only))
	}
	return permitted(testedBackends)
}

// permitted leaves out what only root can use.
func permitted(backends []string) []string {
	return slices.DeleteFunc(slices.Clone(backends), func(b string) bool { return b == backendProbe && os.Geteuid() != 0 })
}

func (p *program) require(t *testing.T) {
	for _, need := range p.needs {
		switch {
		case need == "root" && os.Geteuid() != 0:
			t.Skip("needs root")
		case need == "ia32" && runtime.GOARCH != "amd64":
			t.Skip("needs an x86-64 processor")
		}
	}
}

// prepare makes a folder for one run.
func (p *program) prepare(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", p.setup)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("setup: %v\n%s", err, out)
	}
	return dir
}

// An outcome is what a program shows of itself.
type outcome struct {
	status int
	stdout string
}

func (p *program) untraced(t *testing.T) outcome {
	t.Helper()
	cmd := exec.Command(p.binary)
	cmd.Dir = p.prepare(t)
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, _ := cmd.Output()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	return outcome{exitStatus(unix.WaitStatus(status)), string(out)}
}

func (p *program) once(t *testing.T, backend string, untraced outcome) {
	t.Helper()
	dir := p.prepare(t)
	var stdout bytes.Buffer
	profile, err := Run(context.Background(), Command{
		Path: p.binary, Args: []string{p.binary}, Dir: dir, Env: []string{}, Stdout: &stdout,
	}, Options{Backend: backend, Scratch: t.TempDir(), Again: stdout.Reset})
	if err != nil {
		t.Fatal(err)
	}
	run := profile.Runs[0]
	got := outcome{run.Status, stdout.String()}
	if got != untraced && !p.differs {
		t.Errorf("traced:\n%+v\nuntraced:\n%+v", got, untraced)
	}
	if p.differs && got.status != 0 {
		t.Errorf("status = %d", got.status)
	}
	p.compare(t, "accesses", wanted(dir, p.want), seenIn(dir, profile))
	p.compare(t, "before", slices.Clone(p.before), p.earlier(t, dir, profile))
	compareSentences(t, "remarks", p.remarks, run.Remarks)
	compareSentences(t, "incomplete", p.incomplete, run.Incomplete)
}

func (p *program) compare(t *testing.T, what string, want, got []string) {
	t.Helper()
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("%s:\n%s", what, difference(want, got))
	}
}

func difference(want, got []string) string {
	var b strings.Builder
	for _, w := range want {
		if !slices.Contains(got, w) {
			fmt.Fprintf(&b, "- %s\n", w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			fmt.Fprintf(&b, "+ %s\n", g)
		}
	}
	return b.String()
}

// wanted writes out what was left out of the lines.
func wanted(dir string, lines []string) []string {
	var list []string
	for _, line := range lines {
		line, object, arrow := strings.Cut(line, " -> ")
		op, path, _ := strings.Cut(line, " ")
		path, errno := cutErrno(path)
		if !arrow {
			object = path
		}
		path, _ = strconv.Unquote(`"` + path + `"`)
		object, _ = strconv.Unquote(`"` + object + `"`)
		if path[0] != '/' {
			path = dir + "/" + path
		}
		list = append(list, fmt.Sprintf("%s %q %s -> %q", op, path, errno, filepath.Join(dir, object)))
	}
	return list
}

// cutErrno takes the name of an error off the end of a line.
func cutErrno(s string) (rest, errno string) {
	if i := strings.LastIndexByte(s, ' '); i >= 0 && len(s) > i+2 && s[i+1] == 'E' {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// seenIn returns the accesses that have to do with dir.
func seenIn(dir string, p *Profile) []string {
	var list []string
	below := func(n rootfs.ByteName) bool { return string(n) == dir || strings.HasPrefix(string(n), dir+"/") }
	for _, a := range p.Accesses {
		if below(a.Path) || below(a.Object) {
			list = append(list, fmt.Sprintf("%s %q %s -> %q", a.Op, a.Path, unix.ErrnoName(a.Errno), a.Object))
		}
	}
	return list
}

// earlier describes what was kept in dir, and checks its content.
func (p *program) earlier(t *testing.T, dir string, profile *Profile) []string {
	t.Helper()
	var list []string
	reference := p.prepare(t)
	for _, b := range profile.Before {
		rel, err := filepath.Rel(dir, string(b.Path))
		if err != nil || strings.HasPrefix(rel, "..") {
			continue
		}
		list = append(list, rel+" "+p.kind(t, b, filepath.Join(reference, rel)))
	}
	return list
}

func (p *program) kind(t *testing.T, b Before, reference string) string {
	switch {
	case b.Absent:
		return "absent"
	case b.Lost != "":
		return "lost: " + b.Lost
	case b.Stat.Mode&unix.S_IFMT == unix.S_IFDIR:
		return "dir"
	case b.Stat.Mode&unix.S_IFMT == unix.S_IFLNK:
		return "link"
	}
	want, err := os.ReadFile(reference)
	if err != nil {
		t.Error(err)
	}
	got, err := os.ReadFile(b.Copy)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s was %q, is kept as %q (%v)", b.Path, want, got, err)
	}
	return "kept"
}

func compareSentences(t *testing.T, what string, want, got []string) {
	t.Helper()
	if len(want) != len(got) {
		t.Errorf("%s: %q, want %q", what, got, want)
		return
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("%s: %q lacks %q", what, got[i], want[i])
		}
	}
}
