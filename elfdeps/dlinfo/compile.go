package dlinfo

import (
	"context"
	"debug/elf"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

//go:embed helper/helper.c
var helperSource []byte

// An abi is what programs must have in common to be made by the same calls.
type abi struct {
	machine elf.Machine
	class   elf.Class
	musl    bool
}

func (a abi) String() string {
	libc := "glibc"
	if a.musl {
		libc = "musl"
	}
	return fmt.Sprintf("%v, %v, %s", a.machine, a.class, libc)
}

// A kit makes helpers of one ABI in a folder of its own.
type kit struct {
	cc      []string
	dir     string
	stubs   map[string]string // by soname
	helpers int
	err     error
}

// kitFor returns the kit for programs like q's, once made.
func (a *Asker) kitFor(ctx context.Context, q Question) (*kit, error) {
	key := abi{q.Machine, q.Class, q.Musl}
	if k, ok := a.kit[key]; ok {
		return k, k.err
	}
	if a.kit == nil {
		a.kit = map[abi]*kit{}
	}
	k := &kit{stubs: map[string]string{}}
	a.kit[key] = k
	k.err = k.open(ctx, a, key)
	return k, k.err
}

// open finds the compiler and checks that it makes programs of the ABI.
func (k *kit) open(ctx context.Context, a *Asker, want abi) (err error) {
	if k.cc, err = compiler(a.CC); err != nil {
		return err
	}
	k.cc = append(k.cc, classFlags(want)...)
	if k.dir, err = a.Dir(); err != nil {
		return err
	}
	for name, source := range map[string][]byte{"helper": helperSource, "empty": nil} {
		if err := os.WriteFile(k.path(name+".c"), source, 0o600); err != nil {
			return err
		}
		if err := k.compile(ctx, "-O1", "-c", "-o", k.path(name+".o"), k.path(name+".c")); err != nil {
			return err
		}
	}
	probe, err := k.link(ctx, Question{}, nil)
	if err != nil {
		return err
	}
	return k.check(probe, want)
}

func (k *kit) path(name string) string { return filepath.Join(k.dir, name) }

// check compares what the compiler made with what is wanted.
func (k *kit) check(path string, want abi) error {
	f, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	libs, err := f.ImportedLibraries()
	if err != nil {
		return err
	}
	if got := (abi{f.Machine, f.Class, !slices.Contains(libs, "libc.so.6")}); got != want {
		return k.fail(fmt.Sprintf("it makes programs for %v, not for %v", got, want), nil)
	}
	return nil
}

// compiler splits a command into words, unless all of it is a file, and finds
// the program.
func compiler(cc string) ([]string, error) {
	words := []string{cc}
	if _, err := exec.LookPath(cc); err != nil {
		words = strings.Fields(cc)
	}
	if len(words) == 0 {
		return nil, &CompilerError{CC: cc, Reason: "no name of a compiler"}
	}
	path, err := exec.LookPath(words[0])
	if err != nil {
		var notFound *exec.Error
		if errors.As(err, &notFound) {
			err = notFound.Err
		}
		return nil, &CompilerError{CC: cc, Reason: err.Error()}
	}
	return append([]string{path}, words[1:]...), nil
}

// classFlags are what a compiler of this machine wants for the machine's other
// classes.
func classFlags(want abi) []string {
	switch {
	case runtime.GOARCH != "amd64":
		return nil
	case want.machine == elf.EM_386:
		return []string{"-m32"}
	case want.machine == elf.EM_X86_64 && want.class == elf.ELFCLASS32:
		return []string{"-mx32"}
	}
	return nil
}

// compile calls the compiler.
func (k *kit) compile(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, k.cc[0], append(slices.Clone(k.cc[1:]), args...)...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TMPDIR="+k.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return k.fail(err.Error(), out)
	}
	return nil
}

func (k *kit) fail(reason string, out []byte) error {
	return &CompilerError{CC: strings.Join(k.cc, " "), Reason: reason, Output: strings.TrimSpace(string(out))}
}

// stub returns a library for the linker alone: one with the soname name.
func (k *kit) stub(ctx context.Context, name string) (string, error) {
	if path, ok := k.stubs[name]; ok {
		return path, nil
	}
	path := k.path("stub" + strconv.Itoa(len(k.stubs)) + ".so")
	if err := k.compile(ctx, "-shared", "-nostdlib", "-o", path, k.path("empty.o"), "-Xlinker", "-soname", "-Xlinker", name); err != nil {
		return "", err
	}
	k.stubs[name] = path
	return path, nil
}

// needs returns the arguments that make an object need names, searched for as
// the executable of q searches.
func (k *kit) needs(ctx context.Context, q Question, names []string) ([]string, error) {
	args := []string{"-Wl,--no-as-needed"}
	for _, name := range names {
		stub, err := k.stub(ctx, name)
		if err != nil {
			return nil, err
		}
		args = append(args, stub)
	}
	if tag, path := q.runPath(); tag != "" {
		args = append(args, "-Wl,"+tag, "-Xlinker", "-rpath", "-Xlinker", path)
	}
	if q.NoDefLib {
		args = append(args, "-Wl,-z,nodefaultlib")
	}
	return args, nil
}

// link makes a helper for the executable of q that needs names itself.
func (k *kit) link(ctx context.Context, q Question, names []string) (string, error) {
	needs, err := k.needs(ctx, q, names)
	if err != nil {
		return "", err
	}
	k.helpers++
	path := k.path("helper" + strconv.Itoa(k.helpers))
	// Of two libraries with one soname the linker takes the first: the C
	// library's own go before the stubs.
	args := append([]string{"-o", path, k.path("helper.o"), "-ldl", "-lc"}, needs...)
	if q.Loader != "" {
		args = append(args, "-Xlinker", "-dynamic-linker", "-Xlinker", q.Loader)
	}
	return path, k.compile(ctx, args...)
}

// group makes a library that needs names.
func (k *kit) group(ctx context.Context, q Question, names []string) (string, error) {
	needs, err := k.needs(ctx, q, names)
	if err != nil {
		return "", err
	}
	path := k.path("group" + strconv.Itoa(k.helpers) + ".so")
	return path, k.compile(ctx, append([]string{"-shared", "-nostdlib", "-o", path, k.path("empty.o")}, needs...)...)
}
