// Command magicpak puts an executable and everything that it needs at run time
// into a directory that works as the whole root of a container.
//
// A run goes one way, and no stage knows of the next one:
//
//	flags → plan → inputs → elfdeps → manifest → include, mkdir, exclude
//	      → closure check → compress → test → write → report
//
// The table in options.go is where every option is declared; flags, the plan's
// checks of what this version has, and --help come from it. Flags are parsed
// into dumb fields and then, once, into a [plan]; what contradicts itself is
// refused there, before any work. The packages beneath describe what went wrong
// in typed errors, and only this one advises (hints.go).
//
// Data goes to standard output, messages go to standard error. The exit status
// is 0 when done, 1 when failed, 2 for a wrong command line, 3 when a run could not
// be observed, 128+n when signal n ended the run.
package main

import (
	"errors"
	"os"

	"magicpak/tester"
	"magicpak/tracer"
)

// version is the release; the build may set another one with -ldflags -X.
var version = "0.1.0"

func main() {
	tester.Stub()
	tracer.Stub()
	setupLog(defaultLevel)
	setupProgress("auto")
	err := dispatch(os.Args[1:])
	var told *silentError
	if err != nil && !errors.As(err, &told) {
		report(err)
	}
	os.Exit(exitStatus(err))
}

// dispatch runs the subcommand that the first word names, else a bundling.
func dispatch(args []string) error {
	if len(args) > 0 {
		for _, s := range subcommands() {
			if args[0] == s.name {
				return s.run(args[1:])
			}
		}
	}
	return bundleCommand(args)
}

// A silentError is a failure whose causes were reported one by one already.
type silentError struct{ error }

// The exit statuses beside 0 and 128+n.
const (
	statusFailed = 1
	statusUsage  = 2
	statusUnseen = 3 // a run could not be observed, or not completely
	statusTest   = 4 // the bundle failed its test
)

// exitStatus returns the status that err ends the process with.
func exitStatus(err error) int {
	var usage *usageError
	var sig *signalError
	var unseen *unobservedError
	var test *testError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return statusUsage
	case errors.As(err, &unseen):
		return statusUnseen
	case errors.As(err, &test):
		return statusTest
	case errors.As(err, &sig):
		return 128 + int(sig.signal)
	}
	return statusFailed
}
