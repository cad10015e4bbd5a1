package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// A usageError reports a command line that makes no sense. It ends with status 2.
type usageError struct {
	msg  string
	hint string // what to write instead, "" when the message says it
}

func (e *usageError) Error() string { return e.msg }

// misuse returns a usageError without a hint.
func misuse(format string, args ...any) error {
	return &usageError{msg: fmt.Sprintf(format, args...)}
}

// parse reads args by the table and returns the words that are no options.
// Options and words may stand in any order; all after -- are words.
func parse(table []option, args []string) ([]string, error) {
	return parseSet(pflag.NewFlagSet("", pflag.ContinueOnError), table, args)
}

// parseLeading is parse for a command line that ends in another one: from the
// first word on, nothing is an option.
func parseLeading(table []option, args []string) ([]string, error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetInterspersed(false)
	return parseSet(set, table, args)
}

func parseSet(set *pflag.FlagSet, table []option, args []string) ([]string, error) {
	for i := range table {
		table[i].define(set)
	}
	if err := set.Parse(args); err != nil {
		return nil, parseError(table, err)
	}
	if err := fromEnvironment(table, set); err != nil {
		return nil, misuse("%v", err)
	}
	for _, o := range table {
		if o.given != nil {
			*o.given = set.Changed(o.name)
		}
	}
	return set.Args(), nil
}

// define makes the option known to set.
func (o *option) define(set *pflag.FlagSet) {
	switch to := o.target().(type) {
	case *bool:
		set.BoolVarP(to, o.name, o.short, false, o.help)
	case *string:
		set.StringVarP(to, o.name, o.short, o.def, o.help)
	case *[]string:
		set.StringArrayVarP(to, o.name, o.short, nil, o.help)
	}
}

// target returns where the option's value goes.
func (o *option) target() any {
	switch {
	case o.to != nil:
		return o.to
	case o.metavar == "":
		return new(bool)
	case o.many:
		return new([]string)
	}
	return new(string)
}

// parseError words an error of pflag and adds a hint where there is one.
func parseError(table []option, err error) error {
	var unknown *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		return unknownOption(table, unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return misuse("unknown option -%s", unknown.GetSpecifiedName())
	case errors.As(err, &valueless):
		return needsValue(table, valueless.GetFlag().Name)
	case errors.As(err, &invalid):
		return misuse("--%s takes no value", invalid.GetFlag().Name)
	}
	return misuse("%v", err)
}

func needsValue(table []option, name string) error {
	i := slices.IndexFunc(table, func(o option) bool { return o.name == name })
	return misuse("--%s needs a value: --%s %s", name, name, table[i].metavar)
}

func unknownOption(table []option, name string) error {
	e := &usageError{msg: "unknown option --" + name}
	names := make([]string, len(table))
	for i, o := range table {
		names[i] = o.name
	}
	if near := nearest(names, name); near != "" {
		e.hint = "did you mean --" + near + "?"
	}
	return e
}

// nearest returns the one of names that is most like name, "" when none is like it.
func nearest(names []string, name string) string {
	best, most := "", len(name)/3+1
	for _, n := range names {
		if d := distance(name, n); d <= most {
			best, most = n, d-1
		}
	}
	return best
}

// distance returns how many bytes must be added, dropped or changed to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// oneOf refuses a value that is none of allowed.
func oneOf(name, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return &usageError{
		fmt.Sprintf("--%s %s: no such value", name, value),
		"it is one of " + strings.Join(allowed, ", "),
	}
}
