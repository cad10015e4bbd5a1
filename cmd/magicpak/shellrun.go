package main

import (
	"fmt"
	"log/slog"
	"slices"

	"magicpak/rootfs"
	"magicpak/tracer"
)

// withoutShell takes out of a run of --dynamic-command what nobody but the shell
// that reads the command looked at: the command stands for what an image's
// entry point starts, and the shell does not. Where the shell is an INPUT all
// stays. An access that was made more than once may be another's too, and stays.
func (b *bundling) withoutShell(p *tracer.Profile) *tracer.Profile {
	if len(b.dynamic.commands) == 0 || b.shellIsInput() {
		return p
	}
	start := firstExec(p)
	shell := tracer.Process{PID: start.By.PID, Program: start.Object}
	kept := *p
	kept.Accesses = slices.DeleteFunc(slices.Clone(p.Accesses), func(a tracer.Access) bool {
		byShell := a.By == shell || a.By == start.By // which the kernel executed the shell for
		return a.Count == 1 && (a.First == start.First || a.Op != tracer.Exec && byShell)
	})
	slog.Info(fmt.Sprintf("%s: left out what only this shell looked at (%d accesses)", commandText(&p.Runs[0]), len(p.Accesses)-len(kept.Accesses)))
	return &kept
}

// firstExec returns the execution that a run begins with.
func firstExec(p *tracer.Profile) *tracer.Access {
	first := &tracer.Access{}
	for i := range p.Accesses {
		if a := &p.Accesses[i]; a.Op == tracer.Exec && a.Errno == 0 && (first.Op == "" || a.First < first.First) {
			first = a
		}
	}
	return first
}

// shellIsInput tells whether the shell of commands is itself to be bundled.
func (b *bundling) shellIsInput() bool {
	shell, err := rootfs.Stat(b.tree, theShell)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(b.inputs, func(name string) bool {
		p, err := b.explorer.input(name)
		if err != nil {
			return false
		}
		place, err := rootfs.Stat(b.tree, p)
		return err == nil && place.Path == shell.Path
	})
}
