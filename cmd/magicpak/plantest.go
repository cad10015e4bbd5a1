package main

import (
	"os"
	"strconv"
	"strings"
	"time"

	"magicpak/tester"
)

// testFlags are the options of tests as they were given. What is a list may be
// empty, which is not the same as an empty value; the last value counts.
type testFlags struct {
	on, repair              bool
	command, stdin, stdout  []string
	busybox                 string
	timeout, exitCode, user string
	repairLimit             string
	env                     []string
	hostRoot                string // of "magicpak test"
	help                    bool
}

// A testPlan says how a bundle is tested and when it passes.
type testPlan struct {
	command  *string // nil to execute the program itself
	stdin    string
	stdout   *string // nil where anything will do
	exitCode int
	timeout  time.Duration
	env      []string
	user     tester.User
	busybox  string
	rounds   int // of repair
}

// setTest checks the options of tests.
func (p *plan) setTest(f *testFlags) error {
	if !f.on {
		return f.checkIdle()
	}
	t, err := newTestPlan(f)
	if err == nil && t.command == nil && p.dynamic != nil && p.dynamic.exercise != "" {
		return &usageError{"--test would start a server that nothing exercises, as --dynamic-exercise does its run", replayHint}
	}
	p.test = t
	return err
}

const replayHint = "say with --test-command what is to be tested"

// checkIdle refuses options that say how a bundle is tested when none is. Those
// that the environment sets are for all bundles, and of no effect then.
func (f *testFlags) checkIdle() error {
	for _, o := range []struct {
		given bool
		name  string
	}{
		{len(f.command) > 0, "test-command"},
		{len(f.stdin) > 0, "test-stdin"},
		{len(f.stdout) > 0, "test-stdout"},
		{f.timeout != defaultTestTimeout, "test-timeout"},
		{f.exitCode != "0", "test-exit-code"},
		{len(f.env) > 0, "test-env"},
		{f.user != "0", "test-user"},
		{f.repair, "repair"},
		{f.repairLimit != defaultRepairLimit, "repair-limit"},
	} {
		if o.given && os.Getenv((&option{name: o.name}).variable()) == "" {
			return &usageError{"--" + o.name + " says how the bundle is tested, and it is not tested", "--test does that"}
		}
	}
	return nil
}

const (
	defaultTestTimeout = "60s"
	defaultRepairLimit = "20"
)

func newTestPlan(f *testFlags) (*testPlan, error) {
	t := &testPlan{command: last(f.command), stdout: last(f.stdout), env: f.env, busybox: f.busybox}
	if in := last(f.stdin); in != nil {
		t.stdin = *in
	}
	for _, check := range []func() error{
		func() error { return t.checkCommand() },
		func() (err error) { t.exitCode, err = exitCode("test-exit-code", f.exitCode); return err },
		func() (err error) { t.timeout, err = duration("test-timeout", f.timeout); return err },
		func() (err error) { t.user, err = testUser(f.user); return err },
		func() error { return checkVariables("test-env", f.env) },
		func() error { return t.setRounds(f) },
	} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// last returns the last of several values, nil for none.
func last(values []string) *string {
	if len(values) == 0 {
		return nil
	}
	return &values[len(values)-1]
}

func (t *testPlan) checkCommand() error {
	if t.command != nil && strings.TrimSpace(*t.command) == "" {
		return &usageError{"--test-command is empty", "is a variable not set? Without the option the executable itself is started"}
	}
	return nil
}

func (t *testPlan) setRounds(f *testFlags) error {
	n, err := strconv.ParseUint(f.repairLimit, 10, 16)
	if err != nil || n == 0 {
		return misuse("--repair-limit %s: no number of rounds", f.repairLimit)
	}
	if f.repair {
		t.rounds = int(n)
	}
	return nil
}

func testUser(value string) (tester.User, error) {
	u, err := tester.ParseUser(value)
	if err != nil {
		return u, &usageError{"--test-user " + value + ": no user", "write UID or UID:GID in numbers, as in 1000:1000"}
	}
	return u, nil
}

func checkVariables(option string, list []string) error {
	for _, kv := range list {
		if err := checkVariable(option, kv); err != nil {
			return err
		}
	}
	return nil
}
