package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"

	"magicpak/bundler"
	"magicpak/elfdeps"
	"magicpak/elfdeps/dlopennote"
	"magicpak/elfdeps/shebang"
)

// A program is an object that a loader starts with: an executable, or a file
// that a program may open with dlopen(3). Its libraries are in the manifest.
type program struct {
	path     string // in the root
	dest     string // in the bundle: where it is started
	walked   string // what dest leads to in the bundle
	required bool   // an input or what one needs: missing libraries are errors
	implied  bool   // it was not asked for by name: what it lacks is no matter
	res      *elfdeps.Result
}

// addNeeds puts into the manifest what p.path needs to be executed: libraries,
// or the interpreters of a script. depth counts interpreters one behind the other.
func (b *bundling) addNeeds(p program, depth int) error {
	if b.seen[p.walked] {
		return nil
	}
	b.seen[p.walked] = true
	head, err := b.explorer.head(p.path, shebang.HeadSize)
	if err != nil {
		return err
	}
	line, script, err := shebang.Parse(head)
	switch {
	case err != nil:
		return &inputError{p.path, err.Error(), ""}
	case script:
		return b.addInterpreter(p, line, depth)
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return b.addLibraries(p)
	}
	return &inputError{p.path, "is neither an ELF file nor a script that begins with #!", "what a program only reads is added with --include"}
}

// addInterpreter adds the interpreter of the script p and, where that is env,
// the program that env looks for.
func (b *bundling) addInterpreter(p program, line shebang.Line, depth int) error {
	if depth >= shebang.MaxDepth {
		return &inputError{p.path, fmt.Sprintf("more than %d interpreters one behind the other", shebang.MaxDepth), ""}
	}
	b.scripts = append(b.scripts, p)
	interp := b.explorer.absolute(line.Interp)
	if err := b.addExecutable(interp, bundler.Origin{Kind: bundler.ScriptInterpreter, By: p.walked}, depth+1); err != nil {
		return fmt.Errorf("interpreter of script %s: %w", p.path, err)
	}
	command, ok := line.Env()
	if !ok {
		return nil
	}
	found, err := b.explorer.command(command)
	if err == nil {
		b.warnPath(p, command, found)
		err = b.addExecutable(found, bundler.Origin{Kind: bundler.ScriptInterpreter, By: p.walked, Detail: interp}, depth+1)
	}
	if err != nil {
		return fmt.Errorf("program that %s starts for script %s: %w", interp, p.path, err)
	}
	return nil
}

// addExecutable adds an executable at its own path with what it needs.
func (b *bundling) addExecutable(path string, o bundler.Origin, depth int) error {
	if err := b.explorer.checkExecutable(path); err != nil {
		return err
	}
	walked, err := b.manifest.Add(path, o)
	if err != nil {
		return err
	}
	return b.addNeeds(program{path: path, dest: path, walked: walked, required: true}, depth)
}

// containerPath is PATH in a container that sets none (moby's
// DefaultPathEnvUnix).
const containerPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// warnPath warns of a program that env finds here and not in the container.
func (b *bundling) warnPath(p program, command, found string) {
	dirs := strings.Split(containerPath, ":")
	if strings.Contains(command, "/") || slices.Contains(dirs, path.Dir(found)) {
		return
	}
	slog.Warn(fmt.Sprintf("%s looks for %s on PATH: the container's PATH must hold %s", p.dest, command, path.Dir(found)))
}

// addLibraries adds all that the loader maps for p. What an included file lacks
// is no error: it may be for something else than to be loaded.
func (b *bundling) addLibraries(p program) error {
	res, err := b.resolve(p.path)
	switch {
	case err != nil && p.required:
		return err
	case err != nil && p.implied:
		slog.Debug(firstLine(describe(err)))
		return nil
	case err != nil:
		warn(err)
		return nil
	case p.required && !res.Closed():
		return lacks(res)
	}
	p.res = res
	b.programs = append(b.programs, p)
	if !p.implied {
		for _, v := range res.Versions {
			warn(v)
		}
		b.noteUnmet(res.Missing)
		b.remarks(p)
	}
	if err := b.addResolved(p); err != nil {
		return err
	}
	return b.addMapped(p)
}

// addResolved adds the libraries that were found for p.
func (b *bundling) addResolved(p program) error {
	res := p.res
	for _, libs := range [][]elfdeps.Library{res.Libraries, res.Dlopened} {
		for i := range libs {
			if err := b.addLibrary(p, &libs[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// lacks joins what the loader would not find.
func lacks(res *elfdeps.Result) error {
	var errs []error
	for _, m := range res.Missing {
		errs = append(errs, m)
	}
	for _, v := range res.Versions {
		errs = append(errs, v)
	}
	return errors.Join(errs...)
}

// remarks tells what static analysis cannot see of p.
func (b *bundling) remarks(p program) {
	if p.res.Object.Packed {
		slog.Warn(fmt.Sprintf("%s is packed by upx: the libraries that it needs cannot be seen", p.path))
	}
	for _, err := range p.res.Ignored {
		if text := describe(err); !b.warned[text] {
			b.warned[text] = true
			slog.Warn("not preloaded: " + text)
		}
	}
	for _, c := range p.res.Unmet {
		level := slog.LevelInfo
		if c.Priority == dlopennote.Required {
			level = slog.LevelWarn
		}
		slog.Log(b.ctx, level, fmt.Sprintf("%s opens %s by itself (%s, %s): not found", c.By, strings.Join(c.Sonames, " or "), c.Priority, c.Feature))
	}
	for _, c := range p.res.Suggested {
		slog.Info(fmt.Sprintf("%s can use %s (%s): not added; --include with its path adds it", c.By, strings.Join(c.Sonames, " or "), c.Feature))
	}
}

// originKinds are the reasons for which a library is in the bundle.
var originKinds = map[elfdeps.Kind]bundler.Kind{
	elfdeps.Needed:    bundler.Needed,
	elfdeps.Preload:   bundler.Preload,
	elfdeps.Auxiliary: bundler.Needed,
	elfdeps.Filter:    bundler.Needed,
	elfdeps.Interp:    bundler.Interpreter,
	elfdeps.Dlopen:    bundler.DlopenNote,
	elfdeps.Audit:     bundler.Needed,
}

// addLibrary adds a library of p at the path where the loader opens it.
func (b *bundling) addLibrary(p program, lib *elfdeps.Library) error {
	by := b.walked[lib.NeededBy]
	if lib.NeededBy == p.path {
		by = p.walked
	}
	o := bundler.Origin{Kind: originKinds[lib.Kind], By: by, Detail: lib.Name}
	if lib.Kind == elfdeps.Opened {
		o = b.implying.originOf(lib.Name, by)
	}
	walked, err := b.manifest.Add(lib.Path, o)
	if err != nil {
		return err
	}
	b.walked[lib.Path] = walked
	slog.Debug(fmt.Sprintf("%s => %s (%s), needed by %s", lib.Name, lib.Path, found(lib), lib.NeededBy))
	for _, v := range lib.Variants {
		if _, err := b.manifest.Add(v, bundler.Origin{Kind: bundler.Variant, By: walked, Detail: lib.Name}); err != nil {
			return err
		}
	}
	return nil
}
