package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"magicpak/bundler"
	"magicpak/rootfs"
	"magicpak/tester"
)

const testIntro = `magicpak test runs a command in the directory BUNDLE as a container would, and
says what it looked for in vain. The directory may have been made by anything,
and stays as it is. What the command prints is printed.

Usage: magicpak test [OPTIONS] BUNDLE [OPTIONS] [--] COMMAND...

COMMAND is a program in the bundle and its arguments; --test-command takes a
shell command instead. The exit status is 0 when the test passes, 4 when it
fails.
`

// testOptions are those of tests, as for a bundling, and where the files that a
// bundle lacks may be.
func testOptions(f *testFlags) []option {
	rows := slices.DeleteFunc(bundleOptions(&flags{}), func(o option) bool {
		return o.group != groupTest || slices.Contains([]string{"test", "repair", "repair-limit"}, o.name)
	})
	to := map[string]any{
		"test-command": &f.command, "test-stdin": &f.stdin, "test-stdout": &f.stdout, "busybox": &f.busybox,
		"test-timeout": &f.timeout, "test-exit-code": &f.exitCode, "test-env": &f.env, "test-user": &f.user,
	}
	for i := range rows {
		rows[i].to = to[rows[i].name]
	}
	return append(rows,
		option{
			name: "host-root", metavar: "DIR", def: "/", group: groupLibraries, to: &f.hostRoot,
			help: "The root file system that BUNDLE was made from: what exists there can be missing",
		},
		option{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"},
	)
}

// testCommand is "magicpak test".
func testCommand(args []string) (err error) {
	f := &testFlags{repairLimit: defaultRepairLimit}
	words, err := f.parse(args)
	if f.help {
		fmt.Print(testIntro + optionHelp(testOptions(f)))
		return nil
	}
	if err != nil {
		return err
	}
	t, err := f.trial(words)
	if err != nil {
		return err
	}
	ctx, stop := signalContext()
	defer stop()
	scratch, err := bundler.NewScratch()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	t.scratch = scratch.Dir()
	if err := t.run(ctx); err != nil {
		return err
	}
	return t.conclude()
}

// parse reads options before BUNDLE and behind it, up to the command.
func (f *testFlags) parse(args []string) ([]string, error) {
	words, err := parseLeading(testOptions(f), args)
	if err != nil || len(words) == 0 {
		return words, err
	}
	// The values so far are the defaults of the second look.
	table := testOptions(f)
	for i := range table {
		if s, ok := table[i].to.(*string); ok {
			table[i].def = *s
		}
	}
	lists := [][]string{f.command, f.stdin, f.stdout, f.env}
	rest, err := parseLeading(table, words[1:])
	for i, to := range []*[]string{&f.command, &f.stdin, &f.stdout, &f.env} {
		*to = append(lists[i], *to...)
	}
	return append(words[:1], rest...), err
}

// trial checks the command line.
func (f *testFlags) trial(words []string) (*trial, error) {
	const usage = "usage: magicpak test [OPTIONS] BUNDLE [--] COMMAND..."
	switch {
	case len(words) == 0:
		return nil, &usageError{"BUNDLE is missing", usage}
	case len(words) == 1 && len(f.command) == 0:
		return nil, &usageError{"COMMAND is missing", usage}
	case len(words) > 1 && len(f.command) > 0:
		return nil, &usageError{"--test-command takes the place of COMMAND", usage}
	}
	if err := checkBundle(words[0]); err != nil {
		return nil, err
	}
	if err := checkRoot(f.hostRoot); err != nil {
		return nil, err
	}
	p, err := newTestPlan(f)
	if err != nil {
		return nil, err
	}
	t := &trial{testPlan: p, dir: words[0], host: rootfs.Dir(f.hostRoot), args: words[1:]}
	if len(t.args) > 0 {
		t.program = t.find(t.args[0])
	}
	return t, nil
}

func checkBundle(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && info.IsDir() {
		return nil
	}
	return &usageError{fmt.Sprintf("BUNDLE %s: not a directory", dir), "it is the OUTPUT of an earlier run, or any other root directory"}
}

// find returns the path in the bundle of the program called name. One that is
// nowhere is looked for at the place that the host has it at.
func (t *trial) find(name string) string {
	c := tester.Case{Root: t.dir, Env: t.env, User: t.user}
	for _, root := range []rootfs.Tree{rootfs.Dir(t.dir), t.host} {
		if p := tester.FindProgram(root, name, c.Getenv("PATH")); p != "" {
			return filepath.Join("/", p)
		}
	}
	return filepath.Join("/", name)
}

// conclude prints what the command printed, and judges it.
func (t *trial) conclude() error {
	stdout, _ := t.stdoutGot.Bytes()
	if _, err := os.Stdout.Write(stdout); err != nil {
		return fmt.Errorf("write standard output: %w", err)
	}
	if len(t.result.Changed) > 0 {
		slog.Warn(fmt.Sprintf("the test changed %s in %s: here it had to run in the directory itself", some(t.result.Changed), t.dir))
	}
	err := t.verdict()
	if err == nil {
		stderr, _ := t.stderrGot.Bytes()
		os.Stderr.Write(stderr)
	}
	return err
}
