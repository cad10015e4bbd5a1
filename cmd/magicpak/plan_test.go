package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// planFor parses and plans a command line.
func planFor(args ...string) (*plan, error) {
	f := &flags{}
	words, err := parse(bundleOptions(f), args)
	if err != nil {
		return nil, err
	}
	return newPlan(f, words)
}

func TestPlanRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const usage = "usage: magicpak [OPTIONS] INPUT... OUTPUT; magicpak --help says more"
	const climb = "write the absolute path that it has in the bundle, without .."
	for _, c := range []struct {
		args       []string
		want, hint string
	}{
		{nil, "INPUT and OUTPUT are missing", usage},
		{[]string{"in"}, "OUTPUT is missing", usage},
		{[]string{"docter"}, "OUTPUT is missing", "did you mean magicpak doctor?"},
		{[]string{"help"}, "OUTPUT is missing", "did you mean magicpak --help?"},
		{[]string{"", "out"}, "INPUT or OUTPUT is empty", "is a variable not set?"},
		{[]string{"in", ""}, "INPUT or OUTPUT is empty", "is a variable not set?"},
		{[]string{"-r", "../../x", "in", "out"}, "--install-to ../../x: leads out of the bundle", climb},
		{[]string{"-r", "/bin/../x", "in", "out"}, "--install-to /bin/../x: leads out of the bundle", climb},
		{[]string{"--mkdir", "../x", "in", "out"}, "--mkdir ../x: leads out of the bundle", climb},
		{[]string{"--mkdir", "", "in", "out"}, "--mkdir is empty", ""},
		{[]string{"-r", "/bin/x", "a", "b", "out"}, "--install-to /bin/x: 2 inputs would go to one path", "--install-to /bin/x/ puts each into that folder"},
		{[]string{"-r", "/bin/", "/a/x", "/b/x", "out"}, "--install-to: /a/x and /b/x would both go to /bin/x", ""},
		{[]string{"-i", "", "in", "out"}, "--include is empty", ""},
		{[]string{"-i", "/a[", "in", "out"}, "--include /a[: not a glob", `a [ or { without its end is written \[ or \{`},
		{[]string{"-e", "{a", "in", "out"}, "--exclude {a: not a glob", `a [ or { without its end is written \[ or \{`},
		{[]string{"--log-level", "loud", "in", "out"}, "--log-level loud: no such level", "it is one of Off, Error, Warn, Info, Debug"},
		{[]string{"-v", "--log-level", "off", "in", "out"}, "--verbose contradicts --log-level Off", ""},
		{[]string{"--hwcaps", "v3", "in", "out"}, "--hwcaps v3: no such value", "it is one of none, all"},
		{[]string{"--root", "", "in", "out"}, "--root is empty", ""},
		{[]string{"--resolver", "ldd", "in", "out"}, "--resolver ldd: no such value", "it is one of native, dlinfo"},
		{[]string{"--resolver", "native", "--experimental-noload-resolver", "in", "out"}, "--experimental-noload-resolver contradicts --resolver native", ""},
		{[]string{"--resolver", "dlinfo", "--root", dir, "in", "out"}, "--resolver dlinfo asks this machine's loaders, and --root " + dir + " is another root file system", "leave it out: the native resolver follows the rules of the loader in that root"},
		{[]string{"--root", file, "in", "out"}, "--root " + file + ": not a directory", ""},
		{[]string{"--root", dir + "/none", "in", "out"}, "--root: stat " + dir + "/none: no such file or directory", ""},
		{[]string{"--manifest", "out/m", "in", "out"}, "--manifest out/m: lies inside OUTPUT", "write it beside OUTPUT, so that it is no file of the bundle"},
	} {
		_, err := planFor(c.args...)
		checkUsage(t, c.args, err, c.want, c.hint)
	}
}

func TestPlan(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a*[b")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	p, err := planFor("-i", "./x/**", "-i", "/y", "-e", "**/z", "--mkdir", "tmp", "-r", "bin/", "--hwcaps", "all",
		"--manifest", "-", "--dry-run", "-v", "a", "b/c", "out")
	if err != nil {
		t.Fatal(err)
	}
	want := &plan{
		inputs: []string{"a", "b/c"}, output: "out", root: "/", cwd: dir,
		include: []string{escapeGlob(dir) + "/x/**", "/y"}, exclude: []string{"**/z"}, mkdir: []string{"/tmp"},
		install: &destination{"/bin", true}, hwcaps: true, manifest: "-", dryRun: true, level: slog.LevelInfo, expand: "none",
	}
	if !reflect.DeepEqual(p, want) {
		t.Errorf("plan %+v, want %+v", p, want)
	}
}

func TestInstallTo(t *testing.T) {
	for _, c := range []struct{ to, input, want string }{
		{"/bin/", "/usr/bin/jq", "/bin/jq"},
		{"/bin/x", "/usr/bin/jq", "/bin/x"},
		{"bin/.", "jq", "/bin/jq"},
		{"/", "/usr/bin/jq", "/jq"},
		{"//opt//x", "jq", "/opt/x"},
	} {
		p, err := planFor("-r", c.to, c.input, "out")
		if err != nil {
			t.Fatal(err)
		}
		if got := p.install.of(c.input); got != c.want {
			t.Errorf("--install-to %s %s: %s, want %s", c.to, c.input, got, c.want)
		}
	}
}

func TestLogLevels(t *testing.T) {
	for _, c := range []struct {
		args []string
		want slog.Level
	}{
		{nil, slog.LevelWarn},
		{[]string{"--log-level", "OFF"}, levelOff},
		{[]string{"--log-level", "error"}, slog.LevelError},
		{[]string{"--log-level", "iNFO"}, slog.LevelInfo},
		{[]string{"-v"}, slog.LevelInfo},
		{[]string{"-v", "--log-level", "Debug"}, slog.LevelDebug},
	} {
		p, err := planFor(append(c.args, "in", "out")...)
		if err != nil || p.level != c.want {
			t.Errorf("%q: level %v, %v, want %v", c.args, p.level, err, c.want)
		}
	}
}
