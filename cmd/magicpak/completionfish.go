package main

import (
	"fmt"
	"strings"
)

// fishCompletion writes completions for fish.
func fishCompletion(list []command) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# fish completion for magicpak
function __magicpak_command
	set -l words (commandline -opc)
	set -l first ''
	if set -q words[2]; and contains -- $words[2] %s
		set first $words[2]
	end
	test "$first" = "$argv[1]"
end
function __magicpak_first
	test (count (commandline -opc)) -eq 1
end
`, strings.Join(names(list), " "))
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "complete -c magicpak -n __magicpak_first -a %s -d %s\n", c.name, fishQuote(c.help))
	}
	for _, c := range list {
		for i := range c.options {
			fishOption(&b, c.name, &c.options[i])
		}
		if c.words != nil {
			fmt.Fprintf(&b, "complete -c magicpak -n '__magicpak_command %s' -f -a '%s'\n", c.name, strings.Join(c.words, " "))
		}
	}
	return b.String()
}

// fishOption completes an option of a command. An option's value is exclusive
// (-x) where files make no sense.
func fishOption(b *strings.Builder, command string, o *option) {
	fmt.Fprintf(b, "complete -c magicpak -n %s -l %s", fishQuote("__magicpak_command '"+command+"'"), o.name)
	if o.short != "" {
		fmt.Fprintf(b, " -s %s", o.short)
	}
	switch {
	case o.metavar == "":
	case o.sort() == chosenValue:
		fmt.Fprintf(b, " -x -a '%s'", strings.Join(o.choices(), " "))
	case o.sort() == dirValue:
		b.WriteString(" -x -a '(__fish_complete_directories)'")
	case o.sort() == fileValue:
		b.WriteString(" -r -F")
	default:
		b.WriteString(" -x")
	}
	fmt.Fprintf(b, " -d %s\n", fishQuote(o.brief()))
}

// fishQuote quotes s for fish, where a backslash escapes within quotes.
func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
