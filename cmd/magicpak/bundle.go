package main

import (
	"context"
	"fmt"
)

// bundleCommand is "magicpak INPUT... OUTPUT".
func bundleCommand(ctx context.Context, args []string) error {
	f := &flags{}
	words, err := parse(bundleOptions(f), args)
	switch {
	case f.help:
		fmt.Print(bundleHelp())
		return nil
	case f.version:
		fmt.Println("magicpak", version)
		return nil
	case err != nil:
		return err
	}
	p, err := newPlan(f, words)
	if err != nil {
		return err
	}
	setupLog(p.level)
	return nil
}
