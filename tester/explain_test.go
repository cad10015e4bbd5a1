package tester

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// tree makes a root with files; a name that ends in a slash is a folder, one
// that ends in a star is executable.
func tree(t *testing.T, names ...string) rootfs.Dir {
	t.Helper()
	root := t.TempDir()
	for _, n := range names {
		p := filepath.Join(root, strings.TrimSuffix(n, "*"))
		if strings.HasSuffix(n, "/") {
			must(t, os.MkdirAll(p, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		mode := os.FileMode(0o644)
		if strings.HasSuffix(n, "*") {
			mode = 0o755
		}
		must(t, os.WriteFile(p, []byte(n), mode))
	}
	return rootfs.Dir(root)
}

// host is what bundles are made from in these tests.
var host = []string{
	"/bin/x*", "/bin/sed*", "/usr/bin/sed*", "/lib64/ld.so*", "/usr/lib/liba.so.1", "/opt/lib/liba.so.1",
	"/etc/x.conf", "/etc/other.conf", "/etc/passwd", "/tmp/", "/usr/share/x/data", "/usr/lib/p/json/__init__.py",
	"/usr/lib/p/os.py", "/usr/lib/p/re.py", "/usr/lib/p/io.py", "/usr/lib/p/abc.py", "/usr/share/perl/File/Temp.pm",
	"/usr/lib/gconv/ISO8859-2.so", "/usr/share/locale/de/x.mo", "/usr/lib/plugins/a.so", "/usr/lib/plugins/b.so", "/dev/null",
	"/usr/lib/p/x/core.cpython-311.so", "/usr/lib/p/x/core.h", "/usr/lib/p/x/core.pyx", "/opt/lib/traceback.py", "/etc/d/a/", "/etc/d/b.ini", "/etc/d/c.ini",
}

// vain is a lookup that found nothing.
func vain(op, path string, last int) Lookup {
	return Lookup{Op: op, Path: path, Errno: unix.ENOENT, Program: "/bin/x", Last: last}
}

func hit(op, path string, last int) Lookup {
	return Lookup{Op: op, Path: path, Program: "/bin/x", Last: last}
}

func TestExplainMissing(t *testing.T) {
	for name, c := range map[string]struct {
		bundle  []string
		lookups []Lookup
		stderr  string
		want    []string // options: a path, or one with a slash at its end for a folder
	}{
		"nothing":                    {nil, []Lookup{vain("open", "/nowhere", 1)}, "", nil},
		"a file":                     {nil, []Lookup{vain("open", "/etc/x.conf", 1)}, "", []string{"/etc/x.conf"}},
		"the later one":              {nil, []Lookup{vain("open", "/etc/other.conf", 1), vain("open", "/etc/x.conf", 9)}, "", []string{"/etc/x.conf", "/etc/other.conf"}},
		"the one that is named":      {nil, []Lookup{vain("open", "/etc/other.conf", 1), vain("open", "/etc/x.conf", 9)}, "x: /etc/other.conf: No such file", []string{"/etc/other.conf", "/etc/x.conf"}},
		"an interpreter":             {nil, []Lookup{vain("open", "/etc/x.conf", 9), vain(Interpreter, "/lib64/ld.so", 0)}, "", []string{"/lib64/ld.so", "/etc/x.conf"}},
		"a library":                  {nil, []Lookup{vain("open", "/opt/lib/liba.so.1", 1), vain("open", "/usr/lib/liba.so.1", 2)}, "", []string{"/usr/lib/liba.so.1", "/opt/lib/liba.so.1"}},
		"a library found elsewhere":  {[]string{"/usr/lib/liba.so.1"}, []Lookup{vain("open", "/opt/lib/liba.so.1", 1), hit("open", "/usr/lib/liba.so.1", 2)}, "", nil},
		"a program":                  {nil, []Lookup{vain("exec", "/bin/sed", 1), vain("exec", "/usr/bin/sed", 2)}, "", []string{"/usr/bin/sed", "/bin/sed"}},
		"a program found elsewhere":  {[]string{"/usr/bin/sed*"}, []Lookup{vain("stat", "/bin/sed", 1), hit("exec", "/usr/bin/sed", 2)}, "", nil},
		"an untraced shell":          {nil, nil, "sh: 1: sed: not found\n", []string{"/usr/bin/sed"}},
		"a locale is less":           {nil, []Lookup{vain("open", "/etc/x.conf", 1), vain("open", "/usr/share/locale/de/x.mo", 9)}, "", []string{"/etc/x.conf", "/usr/share/locale/de/x.mo"}},
		"what a container has":       {nil, []Lookup{vain("open", "/dev/null", 1)}, "", nil},
		"a folder for new files":     {nil, []Lookup{vain("create", "/tmp/new", 1)}, "", []string{"/tmp/"}},
		"or opened there":            {nil, []Lookup{vain("open", "/tmp/new", 1)}, "x: cannot create /tmp/new", []string{"/tmp/"}},
		"a module":                   {[]string{"/usr/lib/p/os.py"}, []Lookup{hit("list", "/usr/lib/p", 1)}, "No module named 'json'", []string{"/usr/lib/p/json"}},
		"a module by its dots":       {nil, []Lookup{vain("stat", "/usr/lib/p/json/__init__.py", 1), vain("stat", "/usr/lib/p/re.py", 2)}, "No module named 'p.json'", []string{"/usr/lib/p/json/__init__.py", "/usr/lib/p/re.py"}},
		"an extension by its dots":   {[]string{"/usr/lib/p/x/core.h"}, []Lookup{hit("list", "/usr/lib/p/x", 1)}, "No module named 'x.core'", []string{"/usr/lib/p/x/core.cpython-311.so", "/usr/lib/p/x/core.pyx"}},
		"a module by its end":        {nil, []Lookup{vain("stat", "/usr/share/perl/File/Temp.pm", 1), vain("open", "/etc/x.conf", 2)}, "Can't locate File/Temp.pm in @INC", []string{"/usr/share/perl/File/Temp.pm", "/etc/x.conf"}},
		"a name but for punctuation": {nil, []Lookup{vain("open", "/usr/lib/gconv/ISO8859-2.so", 1), vain("open", "/etc/x.conf", 9)}, "cannot convert ISO-8859-2", []string{"/usr/lib/gconv/ISO8859-2.so", "/etc/x.conf"}},
		"no name of a file":          {[]string{"/usr/lib/p/os.py"}, []Lookup{hit("list", "/usr/lib/p", 1)}, "File \"<re>\", line 1\nNo module named 'json'", []string{"/usr/lib/p/json"}},
		"a word of a language":       {[]string{"/usr/lib/p/os.py"}, []Lookup{vain("open", "/etc/x.conf", 9), vain("stat", "/opt/lib/traceback.py", 1)}, "Traceback (most recent call last):", []string{"/etc/x.conf", "/opt/lib/traceback.py"}},
		"a file before a folder":     {[]string{"/etc/d/c.ini"}, []Lookup{hit("list", "/etc/d", 9)}, "", []string{"/etc/d/b.ini", "/etc/d/a"}},
		"searched folders":           {nil, []Lookup{vain("stat", "/usr/share/perl/File/Temp.pm", 1)}, "Can't locate File/Temp.pm in @INC (@INC contains: /usr/lib/p /usr/share/x)", []string{"/usr/share/perl/File/Temp.pm", "/usr/lib/p", "/usr/share/x"}},
		"a folder on the way":        {nil, []Lookup{vain("stat", "/usr/share/x", 1), vain("open", "/usr/share/x/data", 2)}, "", []string{"/usr/share/x/data"}},
		"few plugins":                {[]string{"/usr/lib/plugins/a.so"}, []Lookup{hit("list", "/usr/lib/plugins", 1)}, "", []string{"/usr/lib/plugins/b.so"}},
		"named only":                 {nil, nil, "cannot read '/usr/share/x/data'.", []string{"/usr/share/x/data"}},
		"made later by the test":     {[]string{"/etc/x.conf"}, []Lookup{vain("open", "/etc/x.conf", 1)}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			x := Explain(&Evidence{
				Lookups: c.lookups, Result: &Result{Status: 1}, Program: "/bin/x", Stderr: c.stderr,
				Bundle: tree(t, append(c.bundle, "/bin/x*")...), Host: tree(t, host...),
			})
			var got []string
			for _, m := range x.Missing {
				if m.Folder {
					m.Path += "/"
				}
				got = append(got, m.Path)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("missing %q, want %q", got, c.want)
			}
		})
	}
}

func TestExplainCauses(t *testing.T) {
	for name, c := range map[string]struct {
		lookups []Lookup
		result  Result
		stderr  string
		kind    Kind
		text    string // a part of it
	}{
		"time":              {nil, Result{TimedOut: true, Status: 137, Signal: unix.SIGKILL}, "", TimeLimit, "had not ended"},
		"version":           {nil, Result{Status: 1}, "/bin/x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by /bin/x)\n", Version, "/lib/libc.so.6 has no version GLIBC_2.99, which /bin/x needs"},
		"permission":        {[]Lookup{{Op: "open", Path: "/secret", Errno: unix.EACCES, Program: "/bin/x"}}, Result{Status: 1}, "", Permission, "/bin/x may not read /secret: /secret belongs to "},
		"no permission":     {[]Lookup{{Op: "create", Path: "/dir/new", Errno: unix.EACCES, Program: "/bin/x"}}, Result{Status: 1}, "", Permission, "/bin/x may not write /dir/new: /dir belongs to "},
		"no place to write": {[]Lookup{{Op: "create", Path: "/dir/new", Program: "/bin/x"}}, Result{Status: 1}, "", Permission, "/bin/x may not write /dir/new: /dir belongs to 0:0 with mode 0755"},
		"denied":            {nil, Result{Status: 1}, "/bin/x: cannot create directory '/dir/new': Permission denied", Permission, "permission is denied for /dir/new: /dir belongs to 0:0"},
		"not permitted":     {nil, Result{Status: 1}, "chown: changing ownership of '/secret': Operation not permitted", Permission, "permission is denied for /secret: /secret belongs to 0:0"},
		"mode":              {[]Lookup{{Op: "open", Path: "/secret", Program: "/bin/x"}}, Result{Status: 1}, "", Permission, "/bin/x may not read /secret: /secret belongs to 0:0 with mode 0600, the test runs as 7:7"},
		"user":              {nil, Result{Status: 1}, "id: cannot find name for user ID 7\n", NoUser, "the bundle has no /etc/passwd"},
		"read-only":         {[]Lookup{{Op: "create", Path: "/sys/x", Errno: unix.EROFS}}, Result{Status: 1}, "", ReadOnly, "/sys/x is on a file system that is read-only"},
		"read-only words":   {nil, Result{Status: 1}, "touch: cannot touch '/sys/x': Read-only file system", ReadOnly, "/sys/x is on a file system that is read-only"},
		"network":           {nil, Result{Status: 1, Isolation: Namespaces}, "curl: (6) Could not resolve host: a.example\n", NoNetwork, "none but the loopback"},
		"instruction":       {nil, Result{Status: 132, Signal: unix.SIGILL}, "", Killed, "signal SIGILL ended it: the CPU lacks"},
		"below a shell":     {nil, Result{Status: 139}, "", Killed, "signal SIGSEGV"},
		"limit":             {[]Lookup{{Op: "open", Path: "/proc/cpuinfo", Errno: unix.ENOENT, Program: "/bin/x"}}, Result{Status: 1, Limits: []string{"/proc is not there: mounting is refused here"}}, "", Limited, "/bin/x looked for /proc/cpuinfo"},
		"limit of shell":    {[]Lookup{{Op: "open", Path: "/proc/self/exe", Errno: unix.ENOENT, Program: "/host/busybox"}}, Result{Status: 1, Limits: []string{"/proc is not there: mounting is refused here"}}, "", "", ""},
		"no command":        {nil, Result{Status: 127}, "sh: nonesuch: not found", NoCommand, "not here either"},
		"no interpreter":    {[]Lookup{{Op: Interpreter, Path: "/no/sh", Errno: unix.ENOENT, Program: "/bin/x"}}, Result{Status: 127, ExecErrno: unix.ENOENT}, "", NoInterpreter, "/bin/x needs /no/sh"},
		"architecture":      {[]Lookup{{Op: "exec", Path: "/bin/arm", Errno: unix.ENOEXEC}}, Result{Status: 126}, "", Architecture, "/bin/arm is for another architecture: EM_SPARC, where this machine is EM_"},
		"no program":        {nil, Result{Status: 126, ExecErrno: unix.ENOEXEC}, "", NoProgram, "/bin/x is neither an ELF file nor a script"},
		"not executable":    {[]Lookup{{Op: "exec", Path: "/secret", Errno: unix.EACCES}}, Result{Status: 126}, "", NotExecutable, "/secret is not executable: its mode is 0600"},
		"nothing special":   {nil, Result{Status: 1}, "x: bad day", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bundle := tree(t, "/bin/x*", "/secret", "/dir/")
			must(t, os.Chmod(string(bundle), 0o755))
			must(t, os.Chmod(filepath.Join(string(bundle), "secret"), 0o600))
			// The beginning of an ELF file: EI_CLASS, EI_DATA, e_type, e_machine.
			sparc := append([]byte("\x7fELF\x01\x02\x01"), make([]byte, 10)...)
			must(t, os.WriteFile(filepath.Join(string(bundle), "bin/arm"), append(sparc, 2, 0, 2), 0o755))
			x := Explain(&Evidence{Lookups: c.lookups, Result: &c.result, Program: "/bin/x", User: User{7, 7}, Shell: "/host/busybox", Stderr: c.stderr, Bundle: bundle, Host: tree(t)})
			if c.kind == "" {
				if len(x.Causes) > 0 {
					t.Errorf("causes %q", x.Causes)
				}
				return
			}
			if len(x.Causes) == 0 || x.Causes[0].Kind != c.kind || !strings.Contains(x.Causes[0].Text, c.text) {
				t.Errorf("causes %q, want %s: ...%s...", x.Causes, c.kind, c.text)
			}
		})
	}
}
