package main

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestHelpFits keeps every help within 80 columns, with no blanks at the ends of
// its lines.
func TestHelpFits(t *testing.T) {
	texts := map[string]string{"magicpak": bundleHelp()}
	for _, s := range subcommands() {
		if s.options != nil {
			texts[s.name] = s.intro + optionHelp(s.options())
		}
	}
	for name, text := range texts {
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
				t.Errorf("help of %s: %d columns: %s", name, n, line)
			}
			if strings.Contains(line, unbroken) || strings.HasSuffix(line, " \n") {
				t.Errorf("help of %s: blank at the end, or that is none: %q", name, line)
			}
		}
	}
}
