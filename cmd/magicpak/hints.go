package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/bundler/pkgdb"
	"magicpak/bundler/upx"
	"magicpak/elfdeps"
	"magicpak/tester"
)

// describe words an error for people: over several lines where it lists places.
func describe(err error) string {
	var missing *elfdeps.NotFoundError
	var lost *lostError
	var packing *upx.FailedError
	var test *testError
	var ran *runError
	var exercised *exerciseError
	switch {
	case errors.As(err, &missing):
		return fmt.Sprintf("%s not found, %s%s", missing.Name, wantedBy(missing), searchList(missing.Searched))
	case errors.As(err, &lost):
		return lost.Error() + searchList(lost.Searched)
	case errors.As(err, &test):
		return describeTest(test)
	case errors.As(err, &ran):
		return ran.Error() + indented("it wrote last", ran.output) + indented("it looked in vain for, the latest first", ran.vain)
	case errors.As(err, &exercised):
		return exercised.Error() + indented("it wrote last", exercised.output) + indented("the program wrote last", exercised.program)
	case errors.As(err, &packing):
		return err.Error() + printed(packing.Lines)
	}
	return err.Error()
}

// indented lists lines under a title.
func indented(title string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return "\n  " + title + ":\n    " + strings.Join(lines, "\n    ")
}

// wantedBy says who asks for what is missing.
func wantedBy(e *elfdeps.NotFoundError) string {
	switch e.Kind {
	case elfdeps.Needed:
		return "needed by " + e.NeededBy
	case elfdeps.Interp:
		return "the program interpreter of " + e.NeededBy
	}
	return e.Kind.String() + " of " + e.NeededBy
}

// searchList lists, in order, where a library was looked for.
func searchList(searched []elfdeps.Search) string {
	var b strings.Builder
	label := "searched"
	for _, s := range searched {
		fmt.Fprintf(&b, "\n  %8s %s (%s)", label, s.Dir, s.How)
		if s.Note != "" {
			b.WriteString(": " + s.Note)
		}
		label = ""
	}
	return b.String()
}

// printed shows the last lines that a program printed.
func printed(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("\n  " + l)
	}
	return b.String()
}

// firstLine cuts off the places that describe lists.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// hints returns what can be done about err, each advice once. Packages
// describe, this file advises.
func hints(err error) []string {
	var list []string
	var test *testError
	if errors.As(err, &test) {
		list = testHints(test)
	}
	for _, e := range split(err) {
		if h := hint(e); h != "" && !slices.Contains(list, h) {
			list = append(list, h)
		}
	}
	return list
}

func hint(err error) string {
	var usage *usageError
	var input *inputError
	var missing *elfdeps.NotFoundError
	var lost *lostError
	var version *elfdeps.VersionError
	var output *bundler.OutputError
	var unseen *unobservedError
	var ran *runError
	var pkg *pkgdb.NotInstalledError
	var unreadable *pkgdb.UnreadableError
	var conflict *bundler.ConflictError
	var tool *toolError
	var shell *tester.NoShellError
	switch {
	case errors.As(err, &pkg):
		return packageHint(pkg)
	case errors.As(err, &unreadable):
		return "let rpm list them: magicpak $(rpm -ql NAME | sed 's/^/--include=/') ..."
	case errors.Is(err, pkgdb.ErrNone):
		return "name its files with --include"
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &input):
		return input.hint
	case errors.As(err, &missing):
		return missingHint(missing)
	case errors.As(err, &lost):
		return "libraries of one name from several places need a bundle each, or an LD_LIBRARY_PATH in the container"
	case errors.As(err, &shell):
		return busyboxHint + "; or bundle a shell with --include /bin/sh"
	case errors.Is(err, tester.ErrNotSupported):
		return "it needs root with CAP_SYS_CHROOT, or unprivileged user namespaces: \"magicpak doctor\" says what this machine permits"
	case errors.As(err, &tool):
		return tool.hint
	case errors.As(err, &unseen):
		return unobservedHint
	case errors.As(err, &ran):
		return "-v shows all that the program writes; --dynamic-exit-code accepts another status"
	case errors.As(err, &conflict):
		return "give one of them another path: --install-to names that of an executable (with a / at its end the folder it goes into), --mkdir that of a folder"
	case errors.As(err, &output) && output.Err != nil:
		return "name an OUTPUT in a folder that you may write to"
	case errors.As(err, &output):
		return "OUTPUT must be missing, or an empty directory"
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return "make room there, or name a place in another file system"
	case errors.Is(err, unix.EMFILE):
		return "raise the limit of open files: ulimit -n"
	case errors.As(err, &version):
		return "the program was built for a newer library: install that, or build the program here"
	}
	return ""
}

func packageHint(e *pkgdb.NotInstalledError) string {
	if e.Near != "" {
		return fmt.Sprintf("%s is; or install %s", e.Near, e.Name)
	}
	return "install it where the bundle is made"
}

func missingHint(e *elfdeps.NotFoundError) string {
	if e.Kind == elfdeps.Interp {
		return "install the C library that the program was built for, or use --root with a root file system that has it"
	}
	return "install the package that has it, or name its folder in LD_LIBRARY_PATH"
}
