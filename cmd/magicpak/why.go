package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"magicpak/bundler"
	"magicpak/elfdeps/implied"
	"magicpak/rootfs"
)

const whyIntro = `magicpak why prints the chain that put PATH into a bundle.

Usage: magicpak why MANIFEST PATH

MANIFEST is what magicpak --manifest wrote, - for standard input. PATH is
absolute in the bundle.
`

type whyFlags struct{ help bool }

func whyOptions(f *whyFlags) []option {
	return []option{{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"}}
}

// whyHelp is the text of "magicpak why --help".
func whyHelp() string { return whyIntro + optionHelp(whyOptions(&whyFlags{})) }

// whyCommand is "magicpak why".
func whyCommand(args []string) error {
	f := &whyFlags{}
	words, err := parse(whyOptions(f), args)
	switch {
	case f.help:
		fmt.Print(whyHelp())
		return nil
	case err != nil:
		return err
	case len(words) != 2:
		return &usageError{"MANIFEST and PATH are wanted", "usage: magicpak why MANIFEST PATH"}
	case !strings.HasPrefix(words[1], "/"):
		return &usageError{words[1] + " is no absolute path", "paths of a bundle begin with /"}
	}
	m, err := readManifest(words[0])
	if err != nil {
		return err
	}
	chain := m.Why(words[1])
	if len(chain) == 0 {
		return fmt.Errorf("%s is not in the bundle", words[1])
	}
	fmt.Println(chainText(m, chain))
	for _, r := range chain {
		if why := implied.Explain(r.Detail); r.Kind == bundler.Implied && why != "" {
			files, bytes := m.Because(bundler.Implied, r.Detail)
			fmt.Printf("%s: %s (here %d files, %s)\n", r.Detail, why, files, byteText(bytes))
		}
	}
	return nil
}

func readManifest(file string) (*bundler.Manifest, error) {
	in := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read manifest: %w", err)
		}
		defer f.Close()
		in = f
	}
	return bundler.Decode(in)
}

// chainText writes a chain in one line, for example
// "libz.so.1 ← needed by libpng16.so.16 ← needed by /usr/bin/x (input)".
func chainText(m *bundler.Manifest, chain []bundler.Reason) string {
	if place, err := rootfs.Stat(m, chain[0].Path); err == nil && len(chain) > 1 && place.Path == chain[1].Path {
		chain = chain[1:] // a link stands for what it leads to
	}
	var b strings.Builder
	for i, r := range chain {
		b.WriteString(label(r))
		if i == len(chain)-1 {
			fmt.Fprintf(&b, " (%s)", reason(r.Origin))
			break
		}
		b.WriteString(" ← " + phrase(r.Origin))
	}
	return b.String()
}

// label names an element of a chain: a library by its soname.
func label(r bundler.Reason) string {
	if r.Kind == bundler.Needed && r.Detail != "" {
		return r.Detail
	}
	return r.Path
}
