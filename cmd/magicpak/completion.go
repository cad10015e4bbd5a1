package main

import (
	"fmt"
	"os"
	"strings"
)

const completionIntro = `magicpak completion prints a script that completes options for a shell.

Usage: magicpak completion bash|zsh|fish

  bash   magicpak completion bash >/etc/bash_completion.d/magicpak
  zsh    magicpak completion zsh >/usr/local/share/zsh/site-functions/_magicpak
  fish   magicpak completion fish >~/.config/fish/completions/magicpak.fish
`

// shells write completions, by the shell's name.
var shells = []struct {
	name  string
	write func([]command) string
}{{"bash", bashCompletion}, {"zsh", zshCompletion}, {"fish", fishCompletion}}

// A command is what can be completed: a bundling, whose name is "", or a
// subcommand.
type command struct {
	name, help string
	options    []option // those that this version has
	words      []string // what its first word can be; nil for any file
}

// commands returns a bundling and the subcommands of this version.
func commands() []command {
	list := []command{{options: bundleOptions(&flags{})}}
	for _, s := range subcommands() {
		c := command{name: s.name, help: s.help, options: s.options()}
		if s.name == "completion" {
			for _, sh := range shells {
				c.words = append(c.words, sh.name)
			}
		}
		list = append(list, c)
	}
	return list
}

// What the value of an option is, as far as a shell can complete it.
type valueSort uint8

const (
	textValue valueSort = iota
	fileValue
	dirValue
	chosenValue // one of [option.choices]
)

// sort tells what the option's value is.
func (o *option) sort() valueSort {
	switch {
	case len(o.choices()) > 0:
		return chosenValue
	case o.metavar == "DIR":
		return dirValue
	case o.metavar == "GLOB" || strings.HasPrefix(o.metavar, "FILE") || strings.Contains(o.metavar, "PATH"):
		return fileValue
	}
	return textValue
}

// choices returns the values of an option that has few: those that are named,
// or those of a metavariable such as none|all.
func (o *option) choices() []string {
	switch {
	case o.values != nil:
		return o.values
	case strings.Contains(o.metavar, "|") && o.metavar == strings.ToLower(o.metavar):
		return strings.Split(o.metavar, "|")
	}
	return nil
}

// brief returns the beginning of the option's help, for a line in a menu.
func (o *option) brief() string {
	text, _, _ := strings.Cut(o.help, ";")
	text, _, _ = strings.Cut(text, ". ")
	return text
}

type completionFlags struct{ help bool }

func completionOptions(f *completionFlags) []option {
	return []option{{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"}}
}

// completionCommand is "magicpak completion".
func completionCommand(args []string) error {
	f := &completionFlags{}
	words, err := parse(completionOptions(f), args)
	switch {
	case f.help:
		fmt.Print(completionIntro + optionHelp(completionOptions(f)))
		return nil
	case err != nil:
		return err
	case len(words) != 1:
		return &usageError{"one SHELL is wanted", "usage: magicpak completion bash|zsh|fish"}
	}
	for _, sh := range shells {
		if sh.name == words[0] {
			_, err := os.Stdout.WriteString(sh.write(commands()))
			return err
		}
	}
	return &usageError{words[0] + ": no such shell", "it is one of bash, zsh, fish"}
}
