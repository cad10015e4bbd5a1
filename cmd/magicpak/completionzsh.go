package main

import (
	"fmt"
	"strings"
)

// zshCompletion writes completions for zsh, as a file for its fpath or to be
// sourced.
func zshCompletion(list []command) string {
	var b strings.Builder
	b.WriteString("#compdef magicpak\n_magicpak() {\n\tlocal -a subcommands\n\tsubcommands=(\n")
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "\t\t%s\n", zshQuote(c.name+":"+c.help))
	}
	b.WriteString("\t)\n\tif (( CURRENT > 2 )); then\n\t\tcase $words[2] in\n")
	for _, c := range list[1:] {
		fmt.Fprintf(&b, "\t\t%s)\n\t\t\tshift words\n\t\t\t(( CURRENT-- ))\n", c.name)
		zshArguments(&b, "\t\t\t", c)
		b.WriteString("\t\t\treturn\n\t\t\t;;\n")
	}
	b.WriteString("\t\tesac\n\telif [[ $words[2] != -* ]]; then\n\t\t_describe subcommand subcommands\n\t\t_command_names -e\n\tfi\n")
	zshArguments(&b, "\t", list[0])
	b.WriteString(`}
if [ "$funcstack[1]" = _magicpak ]; then
	_magicpak "$@"
else
	compdef _magicpak magicpak
fi
`)
	return b.String()
}

// zshArguments writes the call of _arguments for c.
func zshArguments(b *strings.Builder, indent string, c command) {
	fmt.Fprintf(b, "%s_arguments -s -S \\\n", indent)
	for i := range c.options {
		fmt.Fprintf(b, "%s\t%s \\\n", indent, zshSpec(&c.options[i]))
	}
	words := "_files"
	if c.words != nil {
		words = "(" + strings.Join(c.words, " ") + ")"
	}
	fmt.Fprintf(b, "%s\t'*: :%s'\n", indent, words)
}

// zshSpec writes what _arguments takes for an option, for example
// '(-c --compress)'{-c,--compress}'[Compresses each INPUT]'.
func zshSpec(o *option) string {
	tail := "[" + strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, ":", `\:`).Replace(o.brief()) + "]"
	if o.metavar != "" {
		tail += ":" + o.metavar + ":" + zshValue(o)
	}
	switch {
	case o.short == "" && o.many:
		return zshQuote("*--" + o.name + tail)
	case o.short == "":
		return zshQuote("--" + o.name + tail)
	case o.many:
		return fmt.Sprintf("'*'{-%s,--%s}%s", o.short, o.name, zshQuote(tail))
	}
	return fmt.Sprintf("'(-%[1]s --%[2]s)'{-%[1]s,--%[2]s}%[3]s", o.short, o.name, zshQuote(tail))
}

func zshValue(o *option) string {
	switch o.sort() {
	case chosenValue:
		return "(" + strings.Join(o.choices(), " ") + ")"
	case dirValue:
		return "_files -/"
	case fileValue:
		return "_files"
	}
	return " "
}

// zshQuote quotes s for a Bourne shell and its like.
func zshQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
