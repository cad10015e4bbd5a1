package tester

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"

	"magicpak/rootfs"
)

// A NoShellError reports a command that only a shell could run, where there is
// none, neither in the bundle nor here.
type NoShellError struct {
	Command string
	Needs   string // what in it a shell is needed for
}

func (e *NoShellError) Error() string {
	return fmt.Sprintf("%s needs a shell for %s: the bundle has no /bin/sh", e.Command, e.Needs)
}

// SetCommand makes c run a shell command: with the bundle's own /bin/sh, which
// usable tells to be one that can start; else with busybox, the path of a static
// one of this machine, "" for none; else without a shell, if it needs none.
func (c *Case) SetCommand(command, busybox string, usable func(path string) bool) error {
	root := rootfs.Dir(c.Root)
	if executable(root, shellPath) && usable(shellPath) {
		c.Path, c.Args = shellPath, []string{"sh", "-c", command}
		return nil
	}
	if busybox != "" {
		prelude, err := withoutApplets(busybox)
		c.Path, c.Shell, c.Args = shellPath, busybox, []string{"sh", "-c", prelude + command}
		return err
	}
	words, err := splitWords(command)
	if err != nil {
		return err
	}
	c.Path, c.Args = FindProgram(root, words[0], c.Getenv("PATH")), words
	if c.Path == "" {
		// Not found: the attempt to execute it says so.
		c.Path = "/" + words[0]
	}
	return nil
}

const shellPath = "/bin/sh"

// withoutApplets returns what a busybox shell must run first so that it starts
// programs by PATH alone. A shell built with FEATURE_SH_STANDALONE runs its own
// applets instead, which would answer for programs that the bundle lacks;
// functions go before applets.
func withoutApplets(busybox string) (string, error) {
	if exec.Command(busybox, "sh", "-c", "PATH=/nonexistent; uname").Run() != nil {
		return "", nil
	}
	names, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return "", fmt.Errorf("list the applets of %s: %w", busybox, err)
	}
	var b strings.Builder
	b.WriteString(byPath)
	for name := range strings.FieldsSeq(string(names)) {
		switch {
		case builtins[name]:
		case identifier.MatchString(name):
			fmt.Fprintf(&b, "%s() { __by_path %s \"$@\"; }; ", name, name)
		default:
			fmt.Fprintf(&b, "alias %s='__by_path %s'; ", name, name)
		}
	}
	b.WriteString("\n")
	return b.String(), nil
}

// identifier is what the name of a function may be. Others must be aliases,
// which stand for commands that are written out alone.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// byPath is a shell function that looks for a program as the shell itself does.
const byPath = `__by_path() {
local __name=$1 __rest=$PATH: __dir
shift
while [ -n "$__rest" ]; do
__dir=${__rest%%:*} __rest=${__rest#*:}
[ -f "${__dir:-.}/$__name" ] && [ -x "${__dir:-.}/$__name" ] || continue
"${__dir:-.}/$__name" "$@"
return
done
echo "sh: $__name: not found" >&2
return 127
}
`

// builtins are the applets that every shell has built in, and names that cannot
// be those of functions.
var builtins = map[string]bool{
	"[": true, "[[": true, "test": true, "echo": true, "printf": true, "true": true, "false": true,
	"kill": true, "pwd": true, "time": true,
}

// shellOnly are the bytes that mean something to a shell outside of quotes.
const shellOnly = "|&;<>()$`*?[]#~{}!\n"

// splitWords splits a command that needs no shell as one would.
func splitWords(command string) ([]string, error) {
	s := splitter{rest: command}
	for s.rest != "" {
		if need := s.next(); need != "" {
			return nil, &NoShellError{command, need}
		}
	}
	s.end()
	switch {
	case len(s.words) == 0:
		return nil, fmt.Errorf("the test command %q is empty", command)
	case strings.Contains(s.words[0], "="):
		return nil, &NoShellError{command, "the variable " + s.words[0]}
	case builtins[s.words[0]] && s.words[0] != "true" || shellWords[s.words[0]]:
		return nil, &NoShellError{command, s.words[0]}
	}
	return s.words, nil
}

// shellWords are commands that only a shell has.
var shellWords = map[string]bool{
	"if": true, "for": true, "while": true, "until": true, "case": true, "cd": true, "exec": true, "export": true,
	"set": true, "eval": true, ".": true, ":": true, "command": true, "trap": true, "ulimit": true, "umask": true, "wait": true,
}

// A splitter is a command on its way to being words.
type splitter struct {
	rest  string
	words []string
	word  strings.Builder
	begun bool // a word, which may be empty in quotes
}

// next takes one byte or one quoted string. It returns what needs a shell.
func (s *splitter) next() (need string) {
	c := s.rest[0]
	s.rest = s.rest[1:]
	switch {
	case c == ' ' || c == '\t':
		s.end()
	case strings.IndexByte(shellOnly, c) >= 0:
		return string(c)
	case c == '\'' || c == '"':
		return s.quoted(c)
	case c == '\\' && s.rest != "":
		s.add(s.rest[:1])
		s.rest = s.rest[1:]
	default:
		s.add(string(c))
	}
	return ""
}

// quoted takes a string up to the quote c. Within double quotes a shell would
// expand and unescape.
func (s *splitter) quoted(c byte) (need string) {
	text, rest, closed := strings.Cut(s.rest, string(c))
	switch i := strings.IndexAny(text, "$`\\"); {
	case !closed:
		return "the quote that is not closed"
	case c == '"' && i >= 0:
		return text[i : i+1]
	}
	s.add(text)
	s.rest = rest
	return ""
}

func (s *splitter) add(text string) {
	s.word.WriteString(text)
	s.begun = true
}

func (s *splitter) end() {
	if s.begun {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.begun = false
}
