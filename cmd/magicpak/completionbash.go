package main

import (
	"fmt"
	"strings"
)

// bashCompletion writes completions for bash. What it does not complete is left
// to bash's own completion of files (complete -o default).
func bashCompletion(list []command) string {
	var b strings.Builder
	b.WriteString(`# bash completion for magicpak
_magicpak() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=
	COMPREPLY=()
	# --option=value is three words: = breaks them.
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ] && [ "$COMP_CWORD" -ge 2 ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
`)
	fmt.Fprintf(&b, "\tif [ \"$COMP_CWORD\" -gt 1 ]; then\n\t\tcase ${COMP_WORDS[1]} in\n\t\t%s) command=${COMP_WORDS[1]} ;;\n\t\tesac\n\tfi\n", strings.Join(names(list), " | "))
	b.WriteString("\tcase \"$command $prev\" in\n")
	for _, c := range list {
		for i := range c.options {
			bashValue(&b, c.name, &c.options[i])
		}
	}
	b.WriteString("\tesac\n\tcase $command:$COMP_CWORD:$cur in\n")
	for _, c := range list {
		fmt.Fprintf(&b, "\t%s:*:-*) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", c.name, strings.Join(optionWords(c.options), " "))
		if c.words != nil {
			fmt.Fprintf(&b, "\t%s:2:*) COMPREPLY=($(compgen -W '%s' -- \"$cur\")) ;;\n", c.name, strings.Join(c.words, " "))
		}
	}
	fmt.Fprintf(&b, "\t:1:*)\n\t\tmapfile -t COMPREPLY < <(compgen -W '%s' -f -- \"$cur\")\n", strings.Join(names(list), " "))
	b.WriteString("\t\t[ -z \"$cur\" ] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- \"$cur\")\n\t\t;;\n")
	b.WriteString("\tesac\n}\ncomplete -o bashdefault -o default -F _magicpak magicpak\n")
	return b.String()
}

// bashValue completes the value of o.
func bashValue(b *strings.Builder, command string, o *option) {
	if o.metavar == "" {
		return
	}
	reply := "return" // a text, or a file, which bash completes
	switch o.sort() {
	case chosenValue:
		reply = fmt.Sprintf("COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return", strings.Join(o.choices(), " "))
	case dirValue:
		reply = `compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return`
	}
	pattern := fmt.Sprintf("%q", command+" --"+o.name)
	if o.short != "" {
		pattern += fmt.Sprintf(" | %q", command+" -"+o.short)
	}
	fmt.Fprintf(b, "\t%s) %s ;;\n", pattern, reply)
}

// names returns the names of the subcommands.
func names(list []command) []string {
	var words []string
	for _, c := range list {
		if c.name != "" {
			words = append(words, c.name)
		}
	}
	return words
}

// optionWords returns the options of a table as they are written.
func optionWords(table []option) []string {
	var words []string
	for _, o := range table {
		words = append(words, "--"+o.name)
		if o.short != "" {
			words = append(words, "-"+o.short)
		}
	}
	return words
}
