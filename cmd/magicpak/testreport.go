package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"magicpak/tester"
)

// maxMissing bounds how many missing files a failed test names.
const maxMissing = 8

// describeTest words a failed test: how it ended, what it printed, and what it
// lacked.
func describeTest(e *testError) string {
	var b strings.Builder
	b.WriteString(e.Error())
	for _, line := range e.diff {
		b.WriteString("\n    " + line)
	}
	if len(e.stderr) > 0 {
		b.WriteString("\n  standard error" + map[bool]string{true: " ends with", false: ""}[e.cut] + ":")
	}
	for _, line := range e.stderr {
		b.WriteString("\n    " + line)
	}
	for _, c := range e.explanation.Causes {
		if c.Kind != tester.TimeLimit {
			b.WriteString("\n  " + c.Text)
		}
	}
	b.WriteString(missingText(e))
	return b.String()
}

func missingText(e *testError) string {
	missing := e.explanation.Missing
	if len(missing) == 0 {
		return nothingMissing(e)
	}
	var b strings.Builder
	b.WriteString("\n  missing in the bundle, the likeliest first:")
	for i, m := range missing {
		if i == maxMissing {
			fmt.Fprintf(&b, "\n    and %d more", len(missing)-i)
			break
		}
		fmt.Fprintf(&b, "\n    %s%s  %s", permanent(m), withName(m, " (or --with %s)"), m.Why)
		if m.Named {
			b.WriteString(", and standard error names it")
		}
	}
	return b.String()
}

func nothingMissing(e *testError) string {
	switch {
	case e.untraced != "":
		return "\n  what it looked for could not be observed: " + e.untraced
	case len(e.explanation.Causes) > 0:
		return ""
	}
	return "\n  no file is missing: the test looked for nothing in vain that exists here"
}

// permanent returns the option that brings m.
func permanent(m tester.Missing) string {
	if m.Folder {
		return "--mkdir " + shellQuote(m.Path)
	}
	return "--include " + shellQuote(escapeGlob(m.Path))
}

// withName words the name by which --with knows m, "" for none.
func withName(m tester.Missing, format string) string {
	for _, w := range withNames {
		if doublestar.MatchUnvalidated(w.glob, m.Path) {
			return fmt.Sprintf(format, w.name)
		}
	}
	return ""
}

// withNames are the names of --with by what they bring. TestWithNames holds
// them against the table of those.
var withNames = []struct{ glob, name string }{
	{"/usr/{lib,share}/ssl/{certs,certs/**,cert.pem}", "certs"},
	{"/etc/ssl/{certs,certs/**}", "certs"},
	{"/usr/share/ca-certificates/**", "certs"},
	{"/{etc/fonts,usr/share/fonts}{,/**}", "fonts"},
	{"/**/gconv{,/**}", "gconv"},
	{"/usr/lib/locale{,/**}", "locales"},
	{"/usr/{lib/file,share/misc}/magic.mgc", "magic"},
	{"/etc/mime.types", "mime"},
	{"/usr/share/mime/**", "mime"},
	{"/etc/{nsswitch.conf,services,protocols}", "nss"},
	{"/**/libnss_{files,dns}.so.2", "nss"},
	{"/{etc,usr/lib}/ssl/openssl.cnf", "openssl"},
	{"/**/{ossl-modules,engines-3}/**", "openssl"},
	{"/{bin,usr/bin}/sh", "shell"},
	{"/{etc,lib,usr/share}/terminfo{,/**}", "terminfo"},
	{"/{tmp,var/tmp}", "tmp"},
	{"/{usr/share/zoneinfo{,/**},etc/localtime,etc/timezone}", "tz"},
}

// testHints advise after a failed test.
func testHints(e *testError) []string {
	var list []string
	if len(e.explanation.Missing) > 0 {
		m := e.explanation.Missing[0]
		list = append(list, "add "+permanent(m)+withName(m, ", or --with %s"))
	}
	if len(e.explanation.Missing) > 0 && e.repairable {
		list = append(list, "--repair adds what is missing, tests again, and prints the options")
	}
	if e.replayed && len(list) == 0 {
		list = append(list, "where output differs from run to run, say with --test-command what is to be tested")
	}
	for _, c := range e.explanation.Causes {
		if h := causeHints[c.Kind]; h != "" && !(c.Kind == tester.NoUser && lacksAccounts(e)) {
			list = append(list, h)
		}
	}
	return list
}

// lacksAccounts tells whether the advice is to add the accounts already.
func lacksAccounts(e *testError) bool {
	return slices.ContainsFunc(e.explanation.Missing, func(m tester.Missing) bool { return m.Path == "/etc/passwd" })
}

// causeHints are the advice for what is no missing file.
var causeHints = map[tester.Kind]string{
	tester.TimeLimit:     "a server does not end by itself: test it with a --test-command that does, or give it more --test-timeout",
	tester.Architecture:  "bundle the program for this machine's architecture, or test the bundle on a machine of its own",
	tester.NotExecutable: "chmod +x makes it executable, where it is taken from",
	tester.NoProgram:     "begin a script with a line such as #!/bin/sh",
	tester.NoExec:        "write OUTPUT to a file system that is not mounted noexec",
	tester.NoInterpreter: "install the interpreter here first",
	tester.NoCommand:     "install the command here, and give it as a further INPUT",
	tester.Version:       "the library is older than the program: bundle both from one system",
	tester.Permission:    "chmod or chown it where it is taken from, or say with --test-user who runs the image",
	tester.NoUser:        "add --include /etc/passwd --include /etc/group, or files of your own with the users that matter",
	tester.UnknownUser:   "bundle an /etc/passwd of your own that has the user, or say with --test-user who runs the image",
	tester.ReadOnly:      "let the program write elsewhere, such as to /tmp",
	tester.NoNetwork:     "test with a command that needs no network",
	tester.Limited:       "run the test with more privilege, or where unprivileged user namespaces are permitted: \"magicpak doctor\" says what this machine lacks",
}
