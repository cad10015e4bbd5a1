package main

// A subcommand is taken only when the first word is exactly its name.
type subcommand struct {
	name    string
	usage   string
	help    string
	run     func(args []string) error
	intro   string // how its help begins
	options func() []option
}

func subcommands() []subcommand {
	return []subcommand{
		{
			name: "deps", usage: "deps FILE...", run: depsCommand,
			intro: depsIntro, options: func() []option { return depsOptions(&depsFlags{}) },
			help: "prints the libraries that ELF files need, and how each is found",
		},
		{
			name: "why", usage: "why MANIFEST PATH", run: whyCommand,
			intro: whyIntro, options: func() []option { return whyOptions(&whyFlags{}) },
			help: "prints the chain that put PATH into the bundle",
		},
		{
			name: "trace", usage: "trace COMMAND...", run: traceCommand,
			intro: traceIntro, options: func() []option { return traceOptions(&traceFlags{}) },
			help: "runs a command and records the files that it and its descendants look at",
		},
		{
			name: "test", usage: "test BUNDLE -- COMMAND...", run: testCommand,
			intro: testIntro, options: func() []option { return testOptions(&testFlags{}) },
			help: "runs a command in a bundle, and says what it looked for in vain",
		},
		{
			name: "doctor", usage: "doctor", run: doctorCommand,
			intro: doctorIntro, options: func() []option { return doctorOptions(&doctorFlags{}) },
			help: "says what this machine permits, and what each missing thing costs",
		},
		{
			name: "completion", usage: "completion SHELL", run: completionCommand,
			intro: completionIntro, options: func() []option { return completionOptions(&completionFlags{}) },
			help: "prints completions for bash, zsh or fish",
		},
	}
}

// meantSubcommand advises someone who wrote one word alone that is like the name
// of a subcommand; else it returns "".
func meantSubcommand(word string) string {
	names := []string{"help", "version"}
	for _, s := range subcommands() {
		names = append(names, s.name)
	}
	switch near := nearest(names, word); near {
	case "":
		return ""
	case "help", "version":
		return "did you mean magicpak --" + near + "?"
	default:
		return "did you mean magicpak " + near + "?"
	}
}
