package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"magicpak/cmd/magicpak/doctor"
	"magicpak/tracer"
)

const doctorIntro = `magicpak doctor says what this machine permits, and what each thing that it does
not permit costs. It tries them in children of its own and changes nothing.

Usage: magicpak doctor [OPTIONS]

The status is 0 whatever it finds.
`

type doctorFlags struct {
	format string
	tools  doctor.Tools
	help   bool
}

func doctorOptions(f *doctorFlags) []option {
	return []option{
		{
			name: "format", metavar: "text|json", def: "text", group: groupOutput, to: &f.format,
			help: "text for people, or json",
		},
		{name: "upx", metavar: "PATH|NAME", def: "upx", group: groupOther, to: &f.tools.UPX, help: "The upx to look for"},
		{name: "busybox", metavar: "PATH|NAME", def: "busybox", group: groupOther, to: &f.tools.Busybox, help: "The busybox to look for"},
		{name: "cc", metavar: "PATH|NAME", def: "cc", env: "CC", group: groupOther, to: &f.tools.CC, help: "The C compiler to look for"},
		{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"},
	}
}

// doctorCommand is "magicpak doctor".
func doctorCommand(args []string) error {
	if len(args) == 2 && args[0] == doctor.ProbeOption {
		os.Exit(doctor.Probe(args[1], os.Stdout))
	}
	f := &doctorFlags{}
	words, err := parse(doctorOptions(f), args)
	switch {
	case f.help:
		fmt.Print(doctorIntro + optionHelp(doctorOptions(&doctorFlags{})))
		return nil
	case err != nil:
		return err
	case len(words) > 0:
		return &usageError{words[0] + ": not wanted", "usage: magicpak doctor [--format json]"}
	}
	if err := oneOf("format", f.format, "text", "json"); err != nil {
		return err
	}
	findings := append(doctor.Examine(f.tools), observing())
	text := []byte(doctorText(findings))
	if f.format == "json" {
		if text, err = doctorJSON(findings); err != nil {
			return err
		}
	}
	if _, err := os.Stdout.Write(text); err != nil {
		return fmt.Errorf("write standard output: %w", err)
	}
	return nil
}

// observing runs a child under each tracer, as --dynamic would.
func observing() doctor.Finding {
	f := doctor.Finding{Name: "tracers", State: doctor.Missing}
	var facts []string
	for _, name := range tracerNames[1:4] {
		err := observeChild(name)
		if err == nil {
			facts = append(facts, "--tracer "+name+" works")
			f.State = doctor.Works
		} else {
			facts = append(facts, "--tracer "+name+": "+err.Error())
		}
	}
	f.Detail = strings.Join(facts, "; ")
	if f.State == doctor.Missing {
		f.Lost = "--dynamic adds nothing and falls back to static analysis; magicpak trace records nothing"
		f.Remedy = `see above; a run recorded elsewhere with "magicpak trace -o FILE" serves with --profile FILE`
	}
	return f
}

// observeChild observes a child that does nothing.
func observeChild(backend string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = tracer.Run(context.Background(), tracer.Command{
		Path: self, Args: []string{os.Args[0], "doctor", doctor.ProbeOption, "nothing"}, Env: os.Environ(),
	}, tracer.Options{Backend: backend, Scratch: os.TempDir(), Timeout: observeLimit})
	return err
}

// observeLimit ends an observation that hangs.
const observeLimit = 10 * time.Second

// doctorJSON writes findings for programs.
func doctorJSON(findings []doctor.Finding) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(struct {
		Version  int              `json:"magicpak-doctor"`
		Magicpak string           `json:"magicpak"`
		Findings []doctor.Finding `json:"findings"`
	}{1, version, findings})
	return text.Bytes(), err
}

// doctorText writes findings for people, within the width of --help.
func doctorText(findings []doctor.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "magicpak %s\n\n", version)
	for _, f := range findings {
		helpEntry(&b, fmt.Sprintf("%-8s%s", f.State, f.Name), printable(f.Detail))
		for _, advice := range []struct{ label, text string }{{"lost: ", f.Lost}, {"remedy: ", f.Remedy}} {
			if advice.text != "" {
				helpEntry(&b, "", advice.label+advice.text)
			}
		}
	}
	b.WriteString("\nHere:\n")
	for _, s := range abilities(findings) {
		helpEntry(&b, "  "+s.option, s.how)
	}
	return b.String()
}

// An ability is what the findings mean for an option.
type ability struct{ option, how string }

func abilities(findings []doctor.Finding) []ability {
	works := map[string]bool{}
	for _, f := range findings {
		works[f.Name] = f.State == doctor.Works
	}
	dlinfo := "by the loader's list alone, without a compiler"
	if works["cc"] {
		dlinfo = "yes"
	}
	// first returns the words beside the first thing that works.
	first := func(ways ...[2]string) string {
		for _, w := range ways {
			if works[w[0]] {
				return w[1]
			}
		}
		return "no"
	}
	return []ability{
		{"bundling", "yes: it needs nothing of the above"},
		{"--dynamic", first([2]string{"tracers", "yes"})},
		{"--test", first([2]string{"mount namespace", "yes, in namespaces of its own"}, [2]string{"chroot", "yes, in a bare chroot"})},
		{"--compress", first([2]string{"upx", "yes"})},
		{"--resolver dlinfo", dlinfo},
	}
}
