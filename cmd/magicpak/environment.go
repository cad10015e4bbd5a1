package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// variable returns the name of the environment variable that sets the option,
// "" for one that no variable sets.
func (o *option) variable() string {
	if o.name == "help" || o.name == "version" {
		return ""
	}
	return "MAGICPAK_" + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
}

// fromEnvironment gives options that are not on the command line the values that
// the environment has for them. Only the options of a bundling have variables; a
// subcommand's option of the same name shares its.
func fromEnvironment(table []option, set *pflag.FlagSet) error {
	shared := bundleOptions(&flags{})
	for i := range table {
		o := &table[i]
		if set.Changed(o.name) || !slices.ContainsFunc(shared, func(s option) bool { return s.name == o.name }) {
			continue
		}
		if err := o.setFrom(os.Getenv(o.variable()), set); err != nil {
			return fmt.Errorf("%s: %w", o.variable(), err)
		}
		if value := os.Getenv(o.env); o.env != "" && value != "" && !set.Changed(o.name) {
			if err := set.Set(o.name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// setFrom sets the option to what a variable holds: for one that may be given
// several times, a value a line. An empty variable counts as none.
func (o *option) setFrom(value string, set *pflag.FlagSet) error {
	values := []string{value}
	if o.many {
		values = strings.Split(strings.TrimSuffix(value, "\n"), "\n")
	}
	for _, v := range values {
		if v == "" {
			continue
		}
		if o.metavar == "" && !slices.Contains([]string{"1", "0", "true", "false"}, v) {
			return errors.New(v + " is none of 1, 0, true, false")
		}
		if err := set.Set(o.name, v); err != nil {
			return err
		}
	}
	return nil
}
