package dlinfo

import (
	"debug/elf"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// build runs a shell script in a new folder and returns that, its links walked.
func build(t *testing.T, script string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "-euc", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// question reads the executable at path.
func question(t *testing.T, path string) Question {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	q := Question{Path: path, Machine: f.Machine, Class: f.Class}
	for tag, to := range map[elf.DynTag]**string{elf.DT_RPATH: &q.Rpath, elf.DT_RUNPATH: &q.Runpath} {
		if list, err := f.DynString(tag); err == nil && len(list) > 0 {
			*to = &list[0]
		}
	}
	if q.Needed, err = f.ImportedLibraries(); err != nil {
		t.Fatal(err)
	}
	interp, err := f.Section(".interp").Data()
	if err != nil {
		t.Fatal(err)
	}
	q.Loader = strings.TrimRight(string(interp), "\x00")
	q.Musl = strings.Contains(q.Loader, "musl")
	return q
}

func asker(t *testing.T, cc string) *Asker {
	return &Asker{CC: cc, Cwd: "/", Dir: func() (string, error) { return t.TempDir(), nil }}
}

// rooted puts a relative path below dir.
func rooted(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return dir + "/" + path
}

func ask(t *testing.T, a *Asker, q Question) *Answer {
	t.Helper()
	answer, err := a.Ask(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

const library = `echo 'int a(void) { return 1; }' >a.c; echo 'int b(void) { return 1; }' >b.c
echo 'int a(void), b(void); int main(void) { return a() + b(); }' >x.c
`

// TestAsk asks about search paths of each kind, with each kind of helper.
func TestAsk(t *testing.T) {
	tests := []struct {
		name, build, exe, libraryPath string
		want                          map[string]string
		deep                          []string // what the libraries bring
	}{
		{
			"runpath from the origin", library + `mkdir -p bin lib deep
gcc -shared -fPIC -o deep/libb.so b.c -Wl,-soname,libb.so
gcc -shared -fPIC -o deep/libd.so b.c -Wl,-soname,libd.so
gcc -shared -fPIC -o lib/libb.so b.c
gcc -shared -fPIC -o lib/liba.so a.c -Wl,--no-as-needed deep/libb.so deep/libd.so '-Wl,-rpath,$ORIGIN/../deep'
gcc -o bin/x x.c -Llib -la -lb '-Wl,-rpath,$ORIGIN/../lib'`, "bin/x", "",
			map[string]string{"liba.so": "bin/../lib/liba.so", "libb.so": "bin/../lib/libb.so"},
			[]string{"bin/../lib/../deep/libd.so"},
		},
		{
			"rpath that libraries inherit", library + `mkdir lib
gcc -shared -fPIC -o lib/libb.so b.c
gcc -shared -fPIC -o lib/liba.so a.c -Wl,--no-as-needed -Llib -lb
gcc -o x x.c -Llib -la -lb -Wl,--disable-new-dtags "-Wl,-rpath,$PWD/lib"`, "x", "",
			map[string]string{"liba.so": "lib/liba.so", "libb.so": "lib/libb.so"},
			nil,
		},
		{
			"LD_LIBRARY_PATH", library + `mkdir lib
gcc -shared -fPIC -o lib/libb.so b.c
gcc -shared -fPIC -o lib/liba.so a.c
gcc -o x x.c -Llib -la -lb`, "x", "$ORIGIN/lib",
			map[string]string{"liba.so": "lib/liba.so", "libb.so": "lib/libb.so"},
			nil,
		},
	}
	for _, tt := range tests {
		for _, noLoad := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				dir := build(t, tt.build)
				q := question(t, filepath.Join(dir, tt.exe))
				a := asker(t, "cc")
				a.NoLoad, a.LibraryPath = noLoad, tt.libraryPath
				answer := ask(t, a, q)
				if answer.Traced != nil || len(answer.Failed) > 0 {
					t.Fatalf("no helper asked: %v, %v", answer.Traced, answer.Failed)
				}
				for name, want := range tt.want {
					if got := answer.Found[name]; got != dir+"/"+want {
						t.Errorf("noload %v: %s is %s, want %s", noLoad, name, got, want)
					}
				}
				for _, path := range append(slices.Collect(maps.Values(answer.Found)), tt.deep...) {
					if path = rooted(dir, path); !slices.Contains(answer.Mapped, path) {
						t.Errorf("noload %v: %s is not mapped: %v", noLoad, path, answer.Mapped)
					}
				}
			})
		}
	}
}

// TestAskUndefined asks about a library that wants a variable of the
// executable: it cannot be opened by itself, and the list tells where it is.
func TestAskUndefined(t *testing.T) {
	dir := build(t, `echo 'extern int in_main; int *p = &in_main; int a(void) { return *p; }' >a.c
echo 'int in_main; int a(void); int main(void) { return a(); }' >x.c
gcc -shared -fPIC -o liba.so a.c
gcc -rdynamic -o x x.c liba.so '-Wl,-rpath,$ORIGIN'`)
	q := question(t, dir+"/x")
	answer := ask(t, asker(t, "cc"), q)
	if !strings.Contains(answer.Failed["liba.so"], "undefined symbol: in_main") {
		t.Errorf("failures %v", answer.Failed)
	}
	if answer.Found["liba.so"] != dir+"/liba.so" || !slices.Contains(answer.Mapped, dir+"/liba.so") {
		t.Errorf("found %v, mapped %v", answer.Found, answer.Mapped)
	}
	if answer.Found["libc.so.6"] == "" || answer.Traced != nil {
		t.Errorf("the other library was not asked for: %v, %v", answer.Found, answer.Traced)
	}
}

// TestAskStaticTLS asks about a library that needs more static TLS than is left
// for dlopen(3), as jemalloc may.
func TestAskStaticTLS(t *testing.T) {
	dir := build(t, `echo '__thread char big[8192] __attribute__((tls_model("initial-exec"))); int a(void) { return big[0]; }' >a.c
echo 'int a(void); int main(void) { return a(); }' >x.c
gcc -shared -fPIC -o liba.so a.c
gcc -o x x.c liba.so '-Wl,-rpath,$ORIGIN'`)
	q := question(t, dir+"/x")
	if answer := ask(t, asker(t, "cc"), q); !strings.Contains(answer.Failed["liba.so"], "static TLS") {
		t.Errorf("dlopen: failures %v", answer.Failed)
	}
	a := asker(t, "cc")
	a.NoLoad = true
	if answer := ask(t, a, q); len(answer.Failed) > 0 || answer.Found["liba.so"] != dir+"/liba.so" {
		t.Errorf("RTLD_NOLOAD: %v, failures %v", answer.Found, answer.Failed)
	}
}

// TestAskConstructor asks about a library whose constructor opens another, and
// one whose constructor ends the process.
func TestAskConstructor(t *testing.T) {
	dir := build(t, `cat >a.c <<'C'
#include <dlfcn.h>
__attribute__((constructor)) static void open(void) { dlopen(EXTRA, RTLD_LAZY); }
int a(void) { return 1; }
C
echo 'int e;' >e.c
gcc -shared -fPIC -o libe.so e.c
gcc -shared -fPIC -DEXTRA="\"$PWD/libe.so\"" -o liba.so a.c
printf '#include <unistd.h>\n__attribute__((constructor)) static void end(void) { _exit(3); }\nint b(void) { return 1; }\n' >b.c
gcc -shared -fPIC -o libb.so b.c
echo 'int a(void); int main(void) { return a(); }' >x.c
gcc -o x x.c liba.so '-Wl,-rpath,$ORIGIN'
echo 'int b(void); int main(void) { return b(); }' >y.c
gcc -o y y.c libb.so '-Wl,-rpath,$ORIGIN'`)
	q := question(t, dir+"/x")
	if answer := ask(t, asker(t, "cc"), q); !slices.Contains(answer.Mapped, dir+"/libe.so") {
		t.Errorf("mapped %v", answer.Mapped)
	}
	q = question(t, dir+"/y")
	answer := ask(t, asker(t, "cc"), q)
	if !strings.Contains(answer.Failed["libb.so"], "exit status 3") || answer.Found["libb.so"] != dir+"/libb.so" {
		t.Errorf("found %v, failed %v", answer.Found, answer.Failed)
	}
}

// TestAskWithoutCompiler asks when no helper can be made.
func TestAskWithoutCompiler(t *testing.T) {
	dir := build(t, library+`gcc -shared -fPIC -o libb.so b.c
gcc -shared -fPIC -o liba.so a.c
gcc -o x x.c liba.so libb.so '-Wl,-rpath,$ORIGIN'
printf '#!/bin/sh\necho this compiles nothing\nexit 1\n' >cc; chmod +x cc`)
	q := question(t, dir+"/x")
	for cc, reason := range map[string]string{
		"no-such-compiler": "executable file not found in $PATH",
		"":                 "no name of a compiler",
		dir + "/cc":        "exit status 1",
		"musl-gcc":         "it makes programs for EM_X86_64, ELFCLASS64, musl, not for EM_X86_64, ELFCLASS64, glibc",
	} {
		answer := ask(t, asker(t, cc), q)
		var failed *CompilerError
		if !errors.As(answer.Traced, &failed) || failed.Reason != reason {
			t.Errorf("%q: %v", cc, answer.Traced)
		}
		if answer.Found["liba.so"] != dir+"/liba.so" {
			t.Errorf("%q: found %v", cc, answer.Found)
		}
	}
}

// TestAskCompilerArguments takes CC with arguments, and a path with a blank.
func TestAskCompilerArguments(t *testing.T) {
	dir := build(t, library+`gcc -shared -fPIC -o libb.so b.c
gcc -shared -fPIC -o liba.so a.c
gcc -o x x.c liba.so libb.so '-Wl,-rpath,$ORIGIN'
ln -s "$(command -v gcc)" 'my cc'`)
	q := question(t, dir+"/x")
	for _, cc := range []string{"gcc -m64", dir + "/my cc"} {
		if answer := ask(t, asker(t, cc), q); answer.Traced != nil {
			t.Errorf("%s: %v", cc, answer.Traced)
		}
	}
}

// TestAskOtherLoaders asks the 32-bit loader and musl's.
func TestAskOtherLoaders(t *testing.T) {
	for _, cc := range []string{"musl-gcc", "gcc -m32"} {
		if err := exec.Command("/lib/ld-linux.so.2", "--version").Run(); cc != "musl-gcc" && errors.Is(err, syscall.ENOEXEC) {
			t.Skip("needs a kernel that runs 32-bit programs")
		}
		dir := build(t, library+cc+` -shared -fPIC -o libb.so b.c
`+cc+` -shared -fPIC -o liba.so a.c
`+cc+` -o x x.c liba.so libb.so '-Wl,-rpath,$ORIGIN'`)
		q := question(t, dir+"/x")
		answer := ask(t, asker(t, strings.Fields(cc)[0]), q)
		if answer.Traced != nil || len(answer.Failed) > 0 || answer.Found["liba.so"] != dir+"/liba.so" {
			t.Errorf("%s: found %v, failed %v, %v", cc, answer.Found, answer.Failed, answer.Traced)
		}
	}
}

// TestMissing asks about a library that is nowhere.
func TestMissing(t *testing.T) {
	dir := build(t, library+`gcc -shared -fPIC -o libb.so b.c
gcc -shared -fPIC -o liba.so a.c
gcc -o x x.c liba.so libb.so '-Wl,-rpath,$ORIGIN'
rm libb.so`)
	q := question(t, dir+"/x")
	answer := ask(t, asker(t, "cc"), q)
	if !strings.Contains(answer.Failed["libb.so"], "cannot open shared object file") || answer.Found["libb.so"] != "" {
		t.Errorf("found %v, failed %v", answer.Found, answer.Failed)
	}
	if answer.Found["liba.so"] != dir+"/liba.so" {
		t.Errorf("found %v", answer.Found)
	}
}

func TestMain(m *testing.M) {
	os.Unsetenv("LD_LIBRARY_PATH")
	os.Exit(m.Run())
}
