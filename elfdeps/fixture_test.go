package elfdeps_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/elfdeps"
	"magicpak/rootfs"
)

var update = flag.Bool("update", false, "write what the loader answers to testdata/elf/*/want")

// A rule is one folder of testdata/elf: build.sh makes a root directory, want
// is what the loader says in it. Lines "#: " of build.sh say how it is asked:
//
//	#: LD_LIBRARY_PATH=/a   a variable of the environment
//	#: cwd /opt             the working directory
//	#: target /opt/x        what is loaded, /app else
//	#: loader ARGS          the loader is started by hand, with these
//	#: run                  the executable is started, and prints what is mapped
//	#: user                 started by someone else than root
//	#: realpath             links in the answer are resolved
//
// The first part of the folder's name is the loader: glibc, i386 (glibc's too)
// or musl.
type rule struct {
	name   string
	loader // the program interpreter
	env    []string
	cwd    string
	target string
	args   []string
	run    bool
	byHand bool
	user   bool
	real   bool

	from string // the root directory whose loader it is, "" for this machine
	root string // where it was built
}

// A loader is one that the rules are about, with what makes programs for it.
type loader struct {
	path, cc, ld string
	object       string // among objects
}

var loaders = map[string]loader{
	"glibc": {"/lib64/ld-linux-x86-64.so.2", "gcc", "ld", "64.o"},
	"i386":  {"/lib/ld-linux.so.2", "gcc -m32", "ld -m elf_i386", "32.o"},
	"musl":  {"/lib/ld-musl-x86_64.so.1", "musl-gcc", "ld", "64.o"},
}

// compileObjects makes the object files that all rules are linked from.
func compileObjects(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, bits := range []string{"32", "64"} {
		cmd := exec.Command("gcc", "-m"+bits, "-fPIC", "-c", "-o", filepath.Join(dir, bits+".o"), "testdata/elf/object.c")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd, err, out)
		}
	}
	return dir
}

// readRule reads the head of a rule's build.sh.
func readRule(t *testing.T, dir string) *rule {
	t.Helper()
	r := &rule{name: filepath.Base(dir), cwd: "/", target: "/app"}
	libc, _, _ := strings.Cut(r.name, "-")
	l, ok := loaders[libc]
	if !ok {
		t.Fatalf("%s: no loader of that name", r.name)
	}
	r.loader, r.byHand = l, libc == "musl"
	b, err := os.ReadFile(filepath.Join(dir, "build.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if d, ok := strings.CutPrefix(line, "#: "); ok {
			r.directive(t, strings.TrimSuffix(d, "\n"))
		}
	}
	return r
}

func (r *rule) directive(t *testing.T, d string) {
	t.Helper()
	word, rest, _ := strings.Cut(d, " ")
	switch {
	case word == "cwd":
		r.cwd = rest
	case word == "target":
		r.target = rest
	case word == "loader":
		r.byHand, r.args = true, strings.Fields(rest)
	case word == "run":
		r.run = true
	case word == "user":
		r.user = true
	case word == "realpath":
		r.real = true
	case strings.Contains(word, "="):
		r.env = append(r.env, d)
	default:
		t.Fatalf("%s: directive %q", r.name, d)
	}
}

// build runs the recipe in a new root that holds the loader already.
func (r *rule) build(t *testing.T, dir, objects string) {
	t.Helper()
	r.root = t.TempDir()
	work := t.TempDir()
	for _, d := range []string{"proc", filepath.Dir(r.path)} {
		if err := os.MkdirAll(filepath.Join(r.root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	place, err := rootfs.Stat(rootfs.Dir("/"+r.from), r.path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join("/", r.from, place.Path))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.root, r.path), b, 0o755); err != nil {
		t.Fatal(err)
	}
	recipe, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	lib, err := filepath.Abs("testdata/elf/lib.sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-c", ". \"$LIB\"; cd \"$ROOT\"; . \"$RECIPE/build.sh\"")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CC="+r.cc, "LD="+r.ld, "LOADER="+r.path, "WORK="+work, "ROOT="+r.root, "RECIPE="+recipe, "LIB="+lib,
		"OBJECT="+filepath.Join(objects, r.object), "OBJECT32="+objects+"/32.o", "OBJECT64="+objects+"/64.o",
		"ELFEDIT="+os.Args[0], "TMPDIR="+work, asHelper+"=elfedit")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
}

// command returns what asks the loader about r.
func (r *rule) command() *exec.Cmd {
	args := []string{r.target}
	env := slices.Clone(r.env)
	switch {
	case r.run:
	case r.byHand && strings.Contains(r.path, "musl"):
		args = append(append([]string{r.path, "--list"}, r.args...), r.target)
	case r.byHand:
		args = append(append([]string{r.path}, r.args...), r.target)
		fallthrough
	default:
		env = append(env, "LD_TRACE_LOADED_OBJECTS=1")
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(env, asHelper+"=inroot", "INROOT="+r.root, "INROOT_CWD="+r.cwd)
	if r.user {
		cmd.Env = append(cmd.Env, "INROOT_USER=1")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	return cmd
}

var (
	mapped   = regexp.MustCompile(`^\s*(?:(.*) => )?(.*) \(0x[0-9a-f]+\)$`)
	notFound = regexp.MustCompile(`^\s*(.*) => not found$`)
	version  = regexp.MustCompile("^.*: (\\S+): version `(.*)' not found \\(required by (\\S+)\\)$")
	// What stops a program: glibc names the file or the name that was asked for,
	// musl tells what it did not find and goes on.
	fatal    = regexp.MustCompile(`error while loading shared libraries: (.*?): (.*)$`)
	muslLost = regexp.MustCompile(`^Error loading shared library (.*?): (.*) \(needed by .*\)$`)
)

// requireKernel skips where the kernel was built without 32-bit programs.
func (r *rule) requireKernel(t *testing.T) {
	t.Helper()
	if err := exec.Command(r.path, "--version").Run(); errors.Is(err, unix.ENOEXEC) {
		t.Skipf("needs a kernel that runs the programs of %s", r.path)
	}
}

// truth asks the loader. Each line is "NAME => PATH", "NAME => not found",
// "PATH: version V not found" or "error: REASON".
func (r *rule) truth(t *testing.T) []string {
	t.Helper()
	cmd := r.command()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(stdout.String() + stderr.String()) {
		if l := r.answer(strings.TrimSuffix(line, "\n")); l != "" {
			lines = append(lines, l)
		}
	}
	if cmd.ProcessState.ExitCode() != 0 && len(lines) == 0 {
		t.Fatalf("the loader: %v\n%s%s", cmd.ProcessState, stdout.String(), stderr.String())
	}
	return sorted(lines)
}

// answer translates one line of the loader's.
func (r *rule) answer(line string) string {
	if m := mapped.FindStringSubmatch(line); m != nil {
		return r.found(m[1], m[2])
	}
	if m := notFound.FindStringSubmatch(line); m != nil {
		return m[1] + " => not found"
	}
	if m := version.FindStringSubmatch(line); m != nil {
		return m[1] + ": version " + m[2] + " not found"
	}
	if m := muslLost.FindStringSubmatch(line); m != nil {
		return m[1] + " => not found"
	}
	m := fatal.FindStringSubmatch(line)
	switch {
	case m == nil:
		return ""
	case strings.HasPrefix(m[2], "cannot open shared object file"):
		return m[1] + " => not found"
	}
	reason, _, _ := strings.Cut(m[2], ": ") // and not what errno says
	return "error: " + reason
}

// found words a mapped file as an answer, the loader left out.
func (r *rule) found(name, path string) string {
	if strings.HasPrefix(path, "linux-") {
		return "" // what the kernel maps
	}
	if name == "" {
		name = path
	}
	if !strings.HasPrefix(path, "/") {
		path = strings.TrimSuffix(r.cwd, "/") + "/" + path
	}
	if r.real {
		if place, err := rootfs.Stat(rootfs.Dir(r.root), path); err == nil {
			path = place.Path
		}
	}
	switch {
	case path == r.path || path == r.target:
		return ""
	case strings.Contains(name, "/") || name == "" || r.run:
		return path
	}
	return name + " => " + path
}

// emulated asks this package.
func (r *rule) emulated() []string {
	res, err := r.resolver().Resolve(r.target)
	var lines []string
	var load *elfdeps.LoadError
	switch {
	case errors.As(err, &load):
		reason, _, _ := strings.Cut(load.Reason, ": ")
		return []string{"error: " + reason}
	case err != nil:
		return []string{err.Error()}
	}
	libs := res.Libraries
	if r.run && !res.Closed() {
		libs = nil // it does not start
	}
	for _, l := range libs {
		if line := r.found(l.Name, l.Path); line != "" {
			lines = append(lines, line)
		}
	}
	for _, m := range res.Missing {
		lines = append(lines, m.Name+" => not found")
	}
	for _, v := range res.Versions {
		lines = append(lines, v.Library+": version "+v.Version+" not found")
	}
	return sorted(lines)
}

func (r *rule) resolver() *elfdeps.Resolver {
	res := &elfdeps.Resolver{Root: rootfs.Dir(r.root), Cwd: r.cwd}
	for _, v := range r.env {
		if s, ok := strings.CutPrefix(v, "LD_LIBRARY_PATH="); ok {
			res.Env.LibraryPath = s
		}
		if s, ok := strings.CutPrefix(v, "LD_PRELOAD="); ok {
			res.Env.Preload = s
		}
	}
	return res
}

func sorted(lines []string) []string {
	slices.Sort(lines)
	return slices.Compact(lines)
}

// TestRules builds each rule's files and holds the loader and this package
// against what the rule wants. A short test looks at some of them.
func TestRules(t *testing.T) {
	needsRoot(t)
	dirs, err := filepath.Glob("testdata/elf/*/build.sh")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no rules: %v", err)
	}
	objects := compileObjects(t)
	for i, build := range dirs {
		if testing.Short() && i%8 != 0 {
			continue
		}
		dir := filepath.Dir(build)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			r := readRule(t, dir)
			r.build(t, dir, objects)
			want := r.want(t, dir)
			if got := text(r.emulated()); got != want {
				t.Errorf("elfdeps says\n%swant\n%s", got, want)
			}
			r.requireKernel(t)
			if got := text(r.truth(t)); got != want {
				t.Errorf("the loader says\n%swant\n%s", got, want)
			}
		})
	}
}

// TestRulesOfRoots holds this package against the loaders of other releases:
// they differ from this machine's in some rules, and so must the answers. What
// executes a program of this machine's C library is left out.
func TestRulesOfRoots(t *testing.T) {
	if *roots == "" {
		t.Skip("needs -roots, a folder of root directories: make test-elf")
	}
	needsRoot(t)
	dirs, err := filepath.Glob("testdata/elf/glibc-*/build.sh")
	if err != nil {
		t.Fatal(err)
	}
	others, err := filepath.Glob(filepath.Join(*roots, "*-amd64"))
	if err != nil || len(others) == 0 {
		t.Fatalf("no root directory for amd64 in %s: %v", *roots, err)
	}
	objects := compileObjects(t)
	for _, root := range others {
		for _, build := range dirs {
			dir := filepath.Dir(build)
			t.Run(filepath.Base(root)+"/"+filepath.Base(dir), func(t *testing.T) {
				t.Parallel()
				r := readRule(t, dir)
				r.from = root
				if r.run || len(r.args) > 0 {
					return
				}
				r.build(t, dir, objects)
				truth, got := text(r.truth(t)), text(r.emulated())
				if r.name == "glibc-unaligned-segment" { // said in other words before 2.35
					truth = strings.Replace(truth, "not properly aligned", "not page-aligned", 1)
				}
				if got != truth {
					t.Errorf("the loader says\n%selfdeps says\n%s", truth, got)
				}
			})
		}
	}
}

// want reads what the rule wants, or writes it anew with -update.
func (r *rule) want(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "want")
	if *update {
		if err := os.WriteFile(path, []byte(text(r.truth(t))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func text(lines []string) string {
	if len(lines) == 0 {
		return "nothing\n"
	}
	return fmt.Sprintf("%s\n", strings.Join(lines, "\n"))
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root, for chroot(2) and mount(2)")
	}
}
