package main

import (
	"bytes"
	"debug/elf"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/elfdeps"
	"magicpak/elfdeps/shebang"
	"magicpak/rootfs"
	"magicpak/tester"
	"magicpak/tracer"
)

// evidence is what the tester explains a failure with.
func (t *trial) evidence(stderr string) *tester.Evidence {
	e := &tester.Evidence{
		Result: t.result, Program: t.program, Shell: t.shell, User: t.user, Stderr: ends(stderr, stderrEnd),
		Bundle: rootfs.Dir(t.dir), Host: t.host,
	}
	for i := range t.accesses {
		e.Lookups = append(e.Lookups, asLookup(&t.accesses[i]))
	}
	e.Lookups = append(e.Lookups, t.interpreters(e.Lookups)...)
	if t.untraced != "" {
		e.Lookups = append(e.Lookups, t.libraries()...)
	}
	if t.result.ExecErrno != 0 {
		e.Lookups = append(e.Lookups, tester.Lookup{Op: string(tracer.Exec), Path: t.program, Errno: t.result.ExecErrno, Program: "the test"})
	}
	return e
}

// stderrEnd is how much of either end of standard error is read for names: what
// prints without end is to be judged soon, too.
const stderrEnd = 64 << 10

// ends returns text without what is farther than n bytes from either end.
func ends(text string, n int) string {
	if len(text) <= 2*n {
		return text
	}
	return text[:n] + "\n" + text[len(text)-n:]
}

func asLookup(a *tracer.Access) tester.Lookup {
	return tester.Lookup{
		Op: string(a.Op), Path: path.Clean(string(a.Path)), Errno: a.Errno,
		Program: string(a.By.Program), Last: a.Last,
	}
}

// interpreters returns the interpreters that executed files need and the
// bundle lacks. The kernel looks for them itself, where no tracer sees it, and
// not for a file that may not be executed.
func (t *trial) interpreters(lookups []tester.Lookup) []tester.Lookup {
	executed := map[string]int{t.program: 0}
	for _, l := range lookups {
		if l.Op == string(tracer.Exec) {
			executed[l.Path] = l.Last
		}
	}
	var list []tester.Lookup
	for file, last := range executed {
		if place, err := rootfs.Stat(rootfs.Dir(t.dir), file); err != nil || place.Stat.Mode&0o111 == 0 {
			continue
		}
		if interp := t.lacksInterpreter(file, 0); interp != "" {
			list = append(list, tester.Lookup{Op: tester.Interpreter, Path: interp, Errno: unix.ENOENT, Program: file, Last: last})
		}
	}
	return list
}

// lacksInterpreter returns the first interpreter, of those that are needed to
// execute the file one behind the other, that the bundle lacks.
func (t *trial) lacksInterpreter(file string, depth int) string {
	interp := interpreterOf(rootfs.Dir(t.dir), file)
	if interp == "" || depth > shebang.MaxDepth {
		return ""
	}
	if _, err := rootfs.Stat(rootfs.Dir(t.dir), interp); err != nil {
		return interp
	}
	return t.lacksInterpreter(interp, depth+1)
}

// interpreterOf returns the program interpreter of an ELF file, or that of a
// script, "" for none.
func interpreterOf(tree rootfs.Tree, file string) string {
	f, place, err := rootfs.Open(tree, file)
	if err != nil {
		return ""
	}
	defer f.Close()
	head := make([]byte, shebang.HeadSize)
	n, _ := f.ReadAt(head, 0)
	if bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		o, err := elfdeps.Read(f, place.Stat.Size)
		if err != nil {
			return ""
		}
		return o.Interp
	}
	line, script, err := shebang.Parse(head[:n])
	if !script || err != nil {
		return ""
	}
	return path.Join("/", line.Interp)
}

// libraries returns those of the program that its loader would not find in the
// bundle, for a run that nobody watched.
func (t *trial) libraries() []tester.Lookup {
	here, err := (&elfdeps.Resolver{Root: t.host}).Resolve(t.program)
	if err != nil {
		return nil
	}
	var list []tester.Lookup
	for _, lib := range slices.Concat(here.Libraries, here.Dlopened) {
		if _, err := rootfs.Stat(rootfs.Dir(t.dir), lib.Path); err != nil {
			list = append(list, tester.Lookup{Op: string(tracer.Open), Path: lib.Path, Errno: unix.ENOENT, Program: t.program})
		}
	}
	return list
}

const (
	maxStderrLines = 12
	maxDiffLines   = 12
)

// lastLines returns the last n lines that hold something, and whether there
// were more. Tabs, with which many programs indent the traces that they print, are
// blanks, since a message would show them as control characters.
func lastLines(text string, n int) (list []string, more bool) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimRight(line, " \t\r"); line != "" {
			list = append(list, strings.ReplaceAll(line, "\t", "    "))
		}
	}
	if len(list) <= n {
		return list, false
	}
	return list[len(list)-n:], true
}

// diff shows the first lines in which two texts differ.
func diff(want, got string) []string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	same := 0
	for same < len(w) && same < len(g) && w[same] == g[same] {
		same++
	}
	var list []string
	if same > 0 {
		list = append(list, "  "+w[same-1])
	}
	list = append(list, signed("-", w[same:])...)
	return append(list, signed("+", g[same:])...)
}

// signed puts a sign before each of the first lines.
func signed(sign string, lines []string) []string {
	var list []string
	for i, l := range lines {
		if i == maxDiffLines/2 {
			return append(list, sign+" ...")
		}
		list = append(list, sign+" "+l)
	}
	return list
}
