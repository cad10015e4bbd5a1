package main

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"magicpak/elfdeps"
	"magicpak/rootfs"
)

const depsIntro = `magicpak deps prints the libraries that ELF files need, and how their loader
finds each. Nothing is executed. A library that is nowhere is "=> not found".

Usage: magicpak deps [OPTIONS] FILE...

A FILE of - stands for names on standard input, one a line. LD_LIBRARY_PATH and
LD_PRELOAD count as they do for the loader.
`

// depsFlags are the options of "magicpak deps" as they were given.
type depsFlags struct {
	root, format, hwcaps string
	help                 bool
}

func depsOptions(f *depsFlags) []option {
	return []option{
		{
			name: "format", metavar: "FORMAT", values: []string{"tree", "paths", "json"}, def: "tree", group: groupOutput, to: &f.format,
			help: "tree; paths: one path a line, after the FILE and a tab when there are several; json: one object a line for each FILE",
		},
		{
			name: "root", metavar: "DIR", def: "/", group: groupLibraries, to: &f.root,
			help: "Resolves in the root file system in DIR, of any architecture",
		},
		{
			name: "hwcaps", metavar: "none|all", def: "none", group: groupLibraries, to: &f.hwcaps,
			help: "all names the builds of libraries for later CPUs too",
		},
		{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"},
	}
}

// depsCommand is "magicpak deps". It goes on after a file that cannot be
// resolved and ends with status 1 then.
func depsCommand(args []string) error {
	f := &depsFlags{}
	files, err := parse(depsOptions(f), args)
	if f.help {
		fmt.Print(depsHelp())
		return nil
	}
	if err == nil {
		err = f.check(files)
	}
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	err = f.print(out, files)
	if flush := out.Flush(); flush != nil {
		return fmt.Errorf("write standard output: %w", flush)
	}
	return err
}

// depsHelp is the text of "magicpak deps --help".
func depsHelp() string { return depsIntro + optionHelp(depsOptions(&depsFlags{})) }

func (f *depsFlags) check(files []string) error {
	if len(files) == 0 {
		return &usageError{"FILE is missing", "usage: magicpak deps [OPTIONS] FILE..."}
	}
	if err := oneOf("format", f.format, "tree", "paths", "json"); err != nil {
		return err
	}
	if err := oneOf("hwcaps", f.hwcaps, "none", "all"); err != nil {
		return err
	}
	return checkRoot(f.root)
}

// resolver returns the one that serves all files.
func (f *depsFlags) resolver() (*elfdeps.Resolver, error) {
	cwd, err := workingDir(f.root)
	if err != nil {
		return nil, err
	}
	return &elfdeps.Resolver{
		Root:   rootfs.Dir(f.root),
		Env:    elfdeps.Env{LibraryPath: os.Getenv("LD_LIBRARY_PATH"), Preload: os.Getenv("LD_PRELOAD")},
		Cwd:    cwd,
		HWCaps: f.hwcaps == "all",
	}, nil
}

// print resolves the files and writes what was found of each.
func (f *depsFlags) print(out *bufio.Writer, files []string) error {
	r, err := f.resolver()
	if err != nil {
		return err
	}
	p := depsPrinters[f.format](out, len(files) > 1 || files[0] == "-")
	failed := 0
	err = eachFile(files, os.Stdin, func(name string) {
		res, err := r.Resolve(name)
		if err != nil {
			failed++
			report(err)
		}
		p(name, res, err)
	})
	if err != nil {
		return err
	}
	return unresolved(failed)
}

// unresolved is nil when nothing failed. What failed was reported file by file.
func unresolved(n int) error {
	if n == 0 {
		return nil
	}
	return &silentError{fmt.Errorf("%d files could not be resolved", n)}
}

// eachFile calls f with each of files, and in place of "-" with each line of in.
func eachFile(files []string, in io.Reader, f func(string)) error {
	for _, name := range files {
		if name != "-" {
			f(name)
			continue
		}
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			if lines.Text() != "" {
				f(lines.Text())
			}
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("read file names from standard input: %w", err)
		}
	}
	return nil
}
