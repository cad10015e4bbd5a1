package shebang

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// heads are first lines of all kinds. %s is an interpreter that prints its
// arguments one a line.
var heads = []string{
	"#!%s\n", "#!%s", "#! %s\n", "#!\t %s \t\n", "#!%s one\n", "#!%s one two  \n", "#!%s  \t one\ttwo\t\n",
	"#!%s\x00one\n", "#!%s one\x00two\n", "#!%s one", "#!%s one\r\n", "#!%s -x\ny\n", "#!\n", "#!", "#!  \n",
	"#!   ", "# !%s\n", "#!%s " + strings.Repeat("a", 300), "#!%s " + strings.Repeat("a", 300) + "\n",
	"#!" + strings.Repeat(" ", 300) + "%s\n", "#!/" + strings.Repeat("x", 300) + "\n",
	"#!" + strings.Repeat("/", 150) + "%s\n", "#!" + strings.Repeat("/", 253) + "%s\n",
	"#!%s " + strings.Repeat(" ", 300) + "x\n",
}

// TestParseAsKernel executes scripts and compares with what the kernel did.
func TestParseAsKernel(t *testing.T) {
	dir := t.TempDir()
	interp := filepath.Join(dir, "i")
	build := exec.Command("go", "build", "-o", interp, "./testdata/args")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for i, head := range heads {
		head = strings.ReplaceAll(head, "%s", interp)
		script := filepath.Join(dir, "script")
		if err := os.WriteFile(script, []byte(head), 0o755); err != nil {
			t.Fatal(err)
		}
		out, runErr := exec.Command(script).Output()
		line, ok, err := Parse([]byte(head))
		switch {
		case !ok || err != nil:
			if !errors.Is(runErr, syscall.ENOEXEC) && !errors.Is(runErr, syscall.EACCES) {
				t.Errorf("%d %.60q: got %v, %v; the kernel said %v", i, head, ok, err, runErr)
			}
		case runErr != nil:
			if _, statErr := os.Stat(line.Interp); statErr == nil {
				t.Errorf("%d %.60q: got %+v; the kernel said %v", i, head, line, runErr)
			}
		default:
			want := script
			if line.HasArg {
				want = line.Arg + "\n" + script
			}
			if got := strings.TrimSuffix(string(out), "\n"); got != want {
				t.Errorf("%d %.60q: arguments %q, the interpreter got %q", i, head, want, got)
			}
		}
		if err := os.Remove(script); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDepthAsKernel stacks scripts until the kernel refuses.
func TestDepthAsKernel(t *testing.T) {
	dir := t.TempDir()
	prev := "/bin/true"
	for depth := 1; depth <= MaxDepth+1; depth++ {
		script := filepath.Join(dir, strings.Repeat("s", depth))
		if err := os.WriteFile(script, []byte("#!"+prev+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		err := exec.Command(script).Run()
		if refused := errors.Is(err, syscall.ELOOP); refused != (depth > MaxDepth) {
			t.Errorf("%d interpreters: the kernel said %v", depth, err)
		}
		prev = script
	}
}

func TestEnv(t *testing.T) {
	tests := []struct {
		arg  string
		want string
		ok   bool
	}{
		{"python3", "python3", true},
		{"-S python3 -u", "python3", true},
		{"-Spython3 -u", "python3", true},
		{"-vS python3 -u", "python3", true},
		{"-S -i python3", "python3", true},
		{"-S A=1 B=2 node", "node", true},
		{"-S -u HOME node", "node", true},
		{"-S 'my prog' x", "my prog", true},
		{`-S "a\"b"`, `a"b`, true},
		{`-S a\_b`, "a", true},
		{`-S "a\_b"`, "a b", true},
		{"--split-string=perl -w", "perl", true},
		{"-S perl # comment", "perl", true},
		{"-S ${X}", "", false},
		{"-S 'open", "", false},
		{"-S A=1", "", false},
		{"-i", "", false},
	}
	for _, tt := range tests {
		got, ok := Line{Interp: "/usr/bin/env", Arg: tt.arg, HasArg: true}.Env()
		if got != tt.want || ok != tt.ok {
			t.Errorf("env %s: got %q, %v, want %q, %v", tt.arg, got, ok, tt.want, tt.ok)
		}
	}
	if _, ok := (Line{Interp: "/bin/sh", Arg: "x", HasArg: true}).Env(); ok {
		t.Error("sh was taken for env")
	}
}

// TestEnvAsCoreutils compares the splitting with env's own.
func TestEnvAsCoreutils(t *testing.T) {
	dir := t.TempDir()
	for _, arg := range []string{"-S p x", "-Sp", "-vS p", "-S 'p' y", `-S p\_x`, "-S A=1 p", "-S -u HOME p", "--split-string=p x", "-S p#q"} {
		name, ok := Line{Interp: "env", Arg: arg, HasArg: true}.Env()
		if !ok {
			t.Errorf("%s: not understood", arg)
			continue
		}
		prog := filepath.Join(dir, name)
		if err := os.WriteFile(prog, []byte("#!/bin/sh\necho found\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/usr/bin/env", arg)
		cmd.Env = []string{"PATH=" + dir}
		if out, err := cmd.Output(); string(out) != "found\n" {
			t.Errorf("env %q did not start %s: %v", arg, name, err)
		}
		os.Remove(prog)
	}
}

func FuzzParse(f *testing.F) {
	for _, head := range heads {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		line, ok, err := Parse(head)
		if ok && err == nil && (line.Interp == "" || strings.ContainsAny(line.Interp, " \t\n\x00")) {
			t.Errorf("%q: interpreter %q", head, line.Interp)
		}
		line.Interp = "env"
		line.Env()
	})
}
