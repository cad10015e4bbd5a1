package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	helpWidth  = 80
	helpIndent = 30 // of the explanations
)

// unbroken keeps a blank from becoming a line's end.
const unbroken = "\u00a0"

const bundleIntro = `magicpak bundles an executable with everything that it needs at run time into a
directory that works as the whole root of a container.

Usage: magicpak [OPTIONS] INPUT... OUTPUT
       magicpak SUBCOMMAND ...

INPUT is an executable, ELF or a script; a bare name that is no file here is
looked up on PATH. OUTPUT must be missing, or an empty directory.
`

const variablesHelp = `
Each option may be set by a variable, --log-level by MAGICPAK_LOG_LEVEL: 1 turns
a switch on, lines are the values of one that is repeatable. What is on the
command line wins.
`

// bundleHelp is the text of "magicpak --help".
func bundleHelp() string {
	var b strings.Builder
	b.WriteString(bundleIntro)
	b.WriteString("\nSubcommands (a file of such a name is ./NAME):\n")
	for _, s := range subcommands() {
		helpEntry(&b, "  "+s.usage, s.help)
	}
	b.WriteString(optionHelp(bundleOptions(&flags{})))
	b.WriteString(variablesHelp)
	return b.String()
}

// optionHelp explains the options of a table, group by group.
func optionHelp(table []option) string {
	var b strings.Builder
	for g, title := range groupTitles {
		first := true
		for _, o := range table {
			if int(o.group) != g {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n%s:\n", title)
				first = false
			}
			helpEntry(&b, o.synopsis(), o.text())
		}
	}
	return b.String()
}

// synopsis returns how the option is written, for example "  -i, --include GLOB".
func (o *option) synopsis() string {
	s := "      --" + o.name
	if o.short != "" {
		s = "  -" + o.short + ", --" + o.name
	}
	if o.metavar != "" {
		s += " " + o.metavar
	}
	return s
}

// text returns what the option does and its default.
func (o *option) text() string {
	var notes []string
	if o.many {
		notes = append(notes, "repeatable")
	}
	if o.def != "" {
		notes = append(notes, glue("default: "+o.def))
	}
	if o.env != "" {
		notes = append(notes, "env: "+o.env)
	}
	text := o.help
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// glue makes one word of s for wrap.
func glue(s string) string { return strings.ReplaceAll(s, " ", unbroken) }

// helpEntry writes name and, beside or beneath it, text.
func helpEntry(b *strings.Builder, name, text string) {
	lines := wrap(text, helpWidth-helpIndent)
	if len(name) > helpIndent-2 {
		fmt.Fprintln(b, name)
		name = ""
	}
	for _, line := range lines {
		fmt.Fprintf(b, "%-*s%s\n", helpIndent, name, strings.ReplaceAll(line, unbroken, " "))
		name = ""
	}
}

// wrap breaks text at its spaces into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}
