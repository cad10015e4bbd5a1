package main

import "errors"

// hints returns what can be done about err. Packages describe, this file advises.
func hints(err error) []string {
	var usage *usageError
	if errors.As(err, &usage) && usage.hint != "" {
		return []string{usage.hint}
	}
	return nil
}
