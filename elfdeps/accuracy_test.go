package elfdeps_test

import (
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/elfdeps"
	"magicpak/rootfs"
)

var roots = flag.String("roots", "", "a folder of root directories for TestRoots")

// truthTime is how long the loaders of this machine's files may be asked. A
// machine with more files is sampled.
const truthTime = 50 * time.Second

// An expectation is what a file's own loader says.
type expectation struct {
	path    string
	found   []string // real paths, without the loader and the file itself
	missing []string // names
	failed  string   // why the loader gives up, "" when it does not
	skipped string   // why the loader cannot be asked
}

// A sample is the set of files whose loaders are asked.
type sample struct {
	root string
	qemu string // what executes the root's programs, a path in it; "" for this machine
	res  *elfdeps.Resolver
}

// TestMachine holds what this package says of every ELF file of this machine
// against what the file's own loader says.
func TestMachine(t *testing.T) {
	s := &sample{root: "/", res: &elfdeps.Resolver{Root: rootfs.Dir("/")}}
	limit := truthTime
	if testing.Short() {
		limit = 3 * time.Second
	}
	s.compare(t, []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"}, limit)
}

// TestRoots does the same in each root directory of a folder, in which a file
// named .qemu says what executes its programs.
func TestRoots(t *testing.T) {
	if *roots == "" {
		t.Skip("needs -roots, a folder of root directories: make test-elf")
	}
	needsRoot(t)
	dirs, err := filepath.Glob(filepath.Join(*roots, "*", "usr"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no root directory in %s: %v", *roots, err)
	}
	for _, usr := range dirs {
		root := filepath.Dir(usr)
		t.Run(filepath.Base(root), func(t *testing.T) {
			qemu, err := os.ReadFile(filepath.Join(root, ".qemu"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			s := &sample{root: root, qemu: strings.TrimSpace(string(qemu)), res: &elfdeps.Resolver{Root: rootfs.Dir(root)}}
			s.compare(t, []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"}, time.Hour)
		})
	}
}

// compare asks the loaders of the files below dirs until the time is over, in
// an order that favours none, and reports each difference.
func (s *sample) compare(t *testing.T, dirs []string, limit time.Duration) {
	files := s.files(t, dirs)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	truth := s.ask(files, limit)
	agreed, skipped, differ := 0, map[string]int{}, 0
	start := time.Now()
	for _, want := range truth {
		if want.skipped != "" {
			skipped[want.skipped]++
			continue
		}
		if diff := s.differs(want); diff == "" {
			agreed++
		} else if differ++; differ <= 20 {
			t.Errorf("%s: %s", want.path, diff)
		}
	}
	t.Logf("%d of %d files asked; %d agree, %d differ, not asked %v; elfdeps took %v", len(truth), len(files), agreed, differ, skipped, time.Since(start))
	if agreed+differ == 0 {
		t.Error("no loader could be asked")
	}
}

// files lists each ELF file with a dynamic section once, as it is named in the root.
func (s *sample) files(t *testing.T, dirs []string) []string {
	t.Helper()
	seen := map[[2]uint64]bool{}
	var list []string
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(s.root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil //nolint:nilerr // what cannot be read is not compared
			}
			info, err := d.Info()
			if err != nil {
				return nil //nolint:nilerr // likewise
			}
			st := info.Sys().(*syscall.Stat_t)
			id := [2]uint64{st.Dev, st.Ino}
			if info.Size() >= 52 && !seen[id] && dynamic(path) {
				seen[id] = true
				list = append(list, "/"+strings.TrimPrefix(strings.TrimPrefix(path, s.root), "/"))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// dynamic tells whether a loader could be given the file. It is this test's own
// look at the program headers.
func dynamic(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var head [64]byte
	if _, err := f.ReadAt(head[:52], 0); err != nil || string(head[:4]) != elf.ELFMAG {
		return false
	}
	e, err := elf.NewFile(f)
	if err != nil || e.Type != elf.ET_DYN && e.Type != elf.ET_EXEC {
		return false
	}
	return slices.ContainsFunc(e.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_DYNAMIC && p.Filesz > 0 })
}

// ask runs the loaders, as many at once as there are CPUs.
func (s *sample) ask(files []string, limit time.Duration) []expectation {
	deadline := time.Now().Add(limit)
	list := make([]expectation, len(files))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				list[i] = s.truth(files[i])
			}
		})
	}
	asked := 0
	for ; asked < len(files) && time.Now().Before(deadline); asked++ {
		next <- asked
	}
	close(next)
	wg.Wait()
	return list[:asked]
}

// defaultLoaders are those of files that name none.
var defaultLoaders = map[elf.Machine]map[elf.Class]string{
	elf.EM_X86_64:  {elf.ELFCLASS64: "/lib64/ld-linux-x86-64.so.2", elf.ELFCLASS32: "/libx32/ld-linux-x32.so.2"},
	elf.EM_386:     {elf.ELFCLASS32: "/lib/ld-linux.so.2"},
	elf.EM_AARCH64: {elf.ELFCLASS64: "/lib/ld-linux-aarch64.so.1"},
	elf.EM_ARM:     {elf.ELFCLASS32: "/lib/ld-linux-armhf.so.3"},
	elf.EM_PPC64:   {elf.ELFCLASS64: "/lib64/ld64.so.2"},
	elf.EM_RISCV:   {elf.ELFCLASS64: "/lib/ld-linux-riscv64-lp64d.so.1"},
	elf.EM_S390:    {elf.ELFCLASS64: "/lib/ld64.so.1"},
}

// loaderOf returns the loader of the file at path, "" when it is not there.
func (s *sample) loaderOf(path string) string {
	f, err := elf.Open(filepath.Join(s.root, path))
	if err != nil {
		return ""
	}
	defer f.Close()
	loader := defaultLoaders[f.Machine][f.Class]
	for _, p := range f.Progs {
		if b := make([]byte, p.Filesz); p.Type == elf.PT_INTERP && p.Filesz < 4096 {
			if _, err := p.ReadAt(b, 0); err == nil {
				loader = string(bytes.TrimRight(b, "\x00"))
			}
		}
	}
	if f.Type == elf.ET_DYN && isMusl(f) && !strings.Contains(loader, "musl") {
		loader = "/lib/ld-musl-x86_64.so.1"
	}
	if _, err := rootfs.Stat(rootfs.Dir(s.root), loader); err != nil {
		return ""
	}
	return loader
}

// isMusl tells whether a library was linked against musl.
func isMusl(f *elf.File) bool {
	libs, err := f.ImportedLibraries()
	return err == nil && slices.Contains(libs, "libc.so")
}

// truth asks the loader of one file. It executes nothing of the file.
func (s *sample) truth(path string) expectation {
	want := expectation{path: path}
	loader := s.loaderOf(path)
	if loader == "" {
		want.skipped = "no loader"
		return want
	}
	var stdout, stderr bytes.Buffer
	cmd := s.command(loader, path)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		want.skipped = "loader cannot be executed"
		if !errors.Is(err, unix.ENOEXEC) {
			want.skipped = err.Error()
		}
		return want
	}
	for line := range strings.Lines(stdout.String()) {
		want.line(strings.TrimSuffix(line, "\n"))
	}
	if m := fatal.FindStringSubmatch(strings.TrimSpace(stderr.String())); m != nil || cmd.ProcessState.ExitCode() < 0 {
		want.failed = strings.TrimSpace(stderr.String()) + " " + cmd.ProcessState.String()
	}
	want.found = s.reals(want.found, loader, path)
	slices.Sort(want.missing)
	want.missing = slices.Compact(want.missing)
	return want
}

// command is how loader is asked about the file at path.
func (s *sample) command(loader, path string) *exec.Cmd {
	args := []string{loader, path}
	env := []string{"LD_TRACE_LOADED_OBJECTS=1"}
	if strings.Contains(loader, "musl") {
		args, env = []string{loader, "--list", path}, nil
	}
	if s.qemu != "" {
		args, env = append([]string{s.qemu, "-E", "LD_TRACE_LOADED_OBJECTS=1"}, args...), nil
	}
	cmd := &exec.Cmd{Path: args[0], Args: args, Env: append(env, "LC_ALL=C"), Dir: "/"}
	if s.root != "/" {
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: s.root}
	}
	return cmd
}

func (e *expectation) line(line string) {
	if m := mapped.FindStringSubmatch(line); m != nil {
		if strings.Contains(m[2], "/") {
			e.found = append(e.found, m[2])
		}
	} else if m := notFound.FindStringSubmatch(line); m != nil {
		e.missing = append(e.missing, m[1])
	}
}

// reals walks paths and leaves out those of the loader and the file.
func (s *sample) reals(paths []string, without ...string) []string {
	real := func(p string) string {
		place, err := rootfs.Stat(rootfs.Dir(s.root), p)
		if err != nil {
			return p
		}
		return place.Path
	}
	for i, p := range without {
		without[i] = real(p)
	}
	var list []string
	for _, p := range paths {
		if p = real(p); !slices.Contains(without, p) {
			list = append(list, p)
		}
	}
	return sorted(list)
}

// differs says in what this package differs from the loader, "" when in nothing.
func (s *sample) differs(want expectation) string {
	res, err := s.res.Resolve(want.path)
	switch {
	case want.failed != "" && err != nil:
		return ""
	case want.failed != "":
		return "the loader says: " + want.failed
	case err != nil:
		return err.Error()
	}
	var found, missing []string
	for _, l := range res.Libraries {
		found = append(found, l.Path)
	}
	for _, m := range res.Missing {
		missing = append(missing, m.Name)
	}
	slices.Sort(missing)
	found = s.reals(found, res.Loader, want.path)
	if slices.Equal(found, want.found) && slices.Equal(missing, want.missing) {
		return ""
	}
	return fmt.Sprintf("elfdeps finds %v, not %v; the loader finds %v, not %v", found, missing, want.found, want.missing)
}
