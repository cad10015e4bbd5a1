package main

import (
	"errors"
	"fmt"
	"strings"

	"magicpak/elfdeps/implied"
)

// impliedRules is what --implied asks for.
type impliedRules struct {
	off     bool
	dropped []string
}

// printRules lists the rules of --implied.
func printRules() {
	var b strings.Builder
	b.WriteString("What --implied auto knows of; auto,-NAME leaves a rule out:\n")
	for _, name := range implied.RuleNames() {
		helpEntry(&b, "  "+name, implied.Explain(name))
	}
	fmt.Print(b.String())
}

// setImplied takes --implied: none, or auto and the rules to leave out.
func (p *plan) setImplied(value string) error {
	first, rest, more := strings.Cut(value, ",")
	switch {
	case value == "none":
		p.implied.off = true
		return nil
	case first != "auto":
		return &usageError{
			fmt.Sprintf("--implied %s: no such value", value),
			"it is auto, none, or auto with rules to leave out, such as auto,-locale; help lists them",
		}
	case !more:
		return nil
	}
	for word := range strings.SplitSeq(rest, ",") {
		name, ok := strings.CutPrefix(word, "-")
		if !ok {
			return &usageError{
				fmt.Sprintf("--implied %s: %q is no rule to leave out", value, word),
				"behind auto each name has a hyphen, as in auto,-locale; --with adds by name",
			}
		}
		p.implied.dropped = append(p.implied.dropped, name)
	}
	var unknown *implied.NameError
	if err := implied.CheckNames(p.implied.dropped); errors.As(err, &unknown) {
		return &usageError{
			fmt.Sprintf("--implied %s: no rule is named %q", value, unknown.Name),
			"the rules are " + strings.Join(unknown.Known, ", "),
		}
	}
	return nil
}
