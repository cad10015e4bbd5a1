package shebang

import (
	"path"
	"strings"
)

// Env returns the program that env(1) would look for on PATH, where the
// interpreter is a program of that name. ok is false for any other interpreter
// and where the program depends on the environment.
func (l Line) Env() (command string, ok bool) {
	if path.Base(l.Interp) != "env" || !l.HasArg {
		return "", false
	}
	return envCommand([]string{l.Arg})
}

// envCommand skips env's options and assignments in args.
func envCommand(args []string) (string, bool) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch split, isSplit := splitString(arg); {
		case isSplit && split == "" && len(args) > 0:
			return expandSplit(args[0], args[1:])
		case isSplit:
			return expandSplit(split, args)
		case arg == "--":
			return command(args)
		case takesValue(arg):
			args = args[min(1, len(args)):]
		case !strings.HasPrefix(arg, "-"):
			return command(append([]string{arg}, args...))
		}
	}
	return "", false
}

// command skips assignments.
func command(args []string) (string, bool) {
	for _, arg := range args {
		if !strings.Contains(arg, "=") {
			return arg, arg != ""
		}
	}
	return "", false
}

// splitString returns the value of -S, alone or behind other short options,
// or of --split-string.
func splitString(arg string) (string, bool) {
	if s, ok := strings.CutPrefix(arg, "--split-string"); ok {
		return strings.TrimPrefix(s, "="), true
	}
	if !strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "--") {
		return "", false
	}
	flags, s, ok := strings.Cut(arg[1:], "S")
	return strings.TrimLeft(s, " \t"), ok && strings.Trim(flags, "i0v") == ""
}

// takesValue tells whether the option's value is the next argument.
func takesValue(arg string) bool {
	switch arg {
	case "-u", "-C", "--unset", "--chdir", "-a", "--argv0":
		return true
	}
	return false
}

func expandSplit(s string, rest []string) (string, bool) {
	words, ok := split(s)
	if !ok {
		return "", false
	}
	return envCommand(append(words, rest...))
}

// A splitter cuts a string into words as env -S does.
type splitter struct {
	in    string
	words []string
	word  strings.Builder
	open  bool // a word has begun
	quote byte // the quote that is open, or 0
}

// split returns the words of s; ok is false where it is malformed or refers to
// a variable.
func split(s string) (words []string, ok bool) {
	p := &splitter{in: s}
	for p.in != "" {
		c := p.in[0]
		p.in = p.in[1:]
		if !p.byte(c) {
			return nil, false
		}
	}
	p.end()
	return p.words, p.quote == 0
}

// byte takes one byte; false ends in an error.
func (p *splitter) byte(c byte) bool {
	switch {
	case c == '\\':
		return p.escape()
	case p.quote != 0 && c == p.quote:
		p.quote = 0
	case p.quote == '\'':
		p.put(c)
	case c == '$':
		return false
	case p.quote == 0 && (c == '\'' || c == '"'):
		p.quote, p.open = c, true
	case p.quote == 0 && strings.IndexByte(" \t\n\v\f\r", c) >= 0:
		p.end()
	case p.quote == 0 && c == '#' && !p.open:
		p.in = ""
	default:
		p.put(c)
	}
	return true
}

func (p *splitter) put(c byte) {
	p.open = true
	p.word.WriteByte(c)
}

// end ends the word that has begun.
func (p *splitter) end() {
	if p.open {
		p.words = append(p.words, p.word.String())
		p.word.Reset()
		p.open = false
	}
}

// escape takes what follows a backslash.
func (p *splitter) escape() bool {
	if p.in == "" {
		return false
	}
	c := p.in[0]
	if p.quote == '\'' && c != '\\' && c != '\'' {
		p.put('\\')
		return true
	}
	p.in = p.in[1:]
	switch i := strings.IndexByte("fnrtv", c); {
	case i >= 0:
		p.put("\f\n\r\t\v"[i])
	case c == '_' && p.quote == 0:
		p.end()
	case c == '_':
		p.put(' ')
	case c == 'c' && p.quote == 0:
		p.in = ""
	case strings.IndexByte(`\'"#$`, c) >= 0:
		p.put(c)
	default:
		return false
	}
	return true
}
