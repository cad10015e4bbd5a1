package tracer

import (
	"bytes"
	"debug/elf"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// An execution is what a call would execute: the file that is named, and the
// interpreters that the kernel opens for it without a system call.
type execution struct {
	file   *node // nil for one without a name, such as memfd_create(2) makes
	op     Op    // how the kernel would open the interpreter of file
	interp string
	needed []opened
}

type opened struct {
	op Op
	a  *result
}

// maxScripts is how many scripts may be each other's interpreters
// (exec_binprm in fs/exec.c).
const maxScripts = 5

// exec takes execve and execveat.
func (r *recorder) exec(e *event) verdict {
	e.t.started = true
	c := e.call
	a := r.ask(e, c.dir, c.path, how{call: c, follow: e.follows()})
	if a == nil && c.dir != cwd {
		a = r.descriptor(e, e.fd(c.dir))
	}
	if a != nil {
		r.note(e.t, Exec, a, executing(a))
	}
	switch {
	case a == nil || a.virtual:
		e.t.next = r.nameless(e, a)
	case executing(a) == 0:
		e.t.next = r.execution(e.t, r.workingDir(e.t), a)
	}
	return goOn
}

// nameless finds what the execution of a file without a name opens, to which
// the magic link in a leads or else e's descriptor.
func (r *recorder) nameless(e *event, a *result) *execution {
	host := ""
	switch {
	case a != nil && executing(a) == 0 && len(a.links) > 0:
		host = a.names.host(a.links[len(a.links)-1])
	case a == nil && e.call.dir != cwd && e.fd(e.call.dir) >= 0:
		host = e.t.procFile("fd/") + itoa(e.fd(e.call.dir))
	default:
		return nil
	}
	x := &execution{}
	x.op, x.interp = interpreter(host)
	return r.interpreters(e.t, r.workingDir(e.t), x)
}

// executing predicts how an execution fails.
func executing(a *result) unix.Errno {
	switch {
	case a.errno != 0:
		return a.errno
	case a.mode&unix.S_IFMT == unix.S_IFLNK:
		return unix.ELOOP
	case a.mode&unix.S_IFMT != unix.S_IFREG || a.mode&0o111 == 0:
		return unix.EACCES
	}
	return 0
}

// execution finds what the execution of a file in dir opens.
func (r *recorder) execution(t *task, dir *node, a *result) *execution {
	x := &execution{file: a.node}
	x.op, x.interp = r.interpreter(a)
	return r.interpreters(t, dir, x)
}

// interpreters finds the interpreters for x in dir. One that is missing is
// recorded at once, since the call will then fail.
func (r *recorder) interpreters(t *task, dir *node, x *execution) *execution {
	for i := 0; i <= maxScripts && x.interp != ""; i++ {
		a := r.resolve(t, dir, []byte(x.interp), how{call: execCall, follow: true})
		x.needed = append(x.needed, opened{x.op, a})
		if executing(a) != 0 {
			r.executed(t, x)
			return nil
		}
		if x.op == Open {
			break
		}
		x.file = a.node
		x.op, x.interp = r.interpreter(a)
	}
	return x
}

// execCall stands for the look-ups that the kernel makes in executing.
var execCall = &call{name: "interpreter", op: Exec}

// executed records what an execution opened.
func (r *recorder) executed(t *task, x *execution) {
	for _, o := range x.needed {
		errno := executing(o.a)
		r.note(t, o.op, o.a, errno)
	}
}

// execDone takes the end of a call that has executed something.
func (r *recorder) execDone(t *task) {
	x := t.next
	r.settle(t)
	t.proc.closeMemory()
	r.holdMemory(t)
	r.fds.close() // the task may have another number now
	exe, _ := readlink(t.procFile("exe"))
	exe = strings.TrimSuffix(exe, " (deleted)")
	t.proc.program = exe
	if x == nil {
		return
	}
	r.executed(t, x)
	if x.file == nil {
		return
	}
	if t.names != r.host || exe == x.file.path || exe == "" {
		t.proc.program = x.file.path
	} else {
		r.handled(t, exe)
	}
	r.privileges(t, x.file)
}

// handled records a program that another one than the kernel's own rules chose
// (binfmt_misc).
func (r *recorder) handled(t *task, exe string) {
	if exe == "" || exe[0] != '/' {
		return
	}
	n := r.host.at(exe)
	if r.stat(r.host, n) != 0 {
		return
	}
	r.note(t, Exec, &result{names: r.host, node: n, path: exe, mode: n.mode, virtual: r.isVirtual(n)}, 0)
}

// privileges says where a program would have gained privileges.
func (r *recorder) privileges(t *task, n *node) {
	if !r.loses {
		return
	}
	const groupExec = unix.S_ISGID | unix.S_IXGRP
	if n.mode&unix.S_ISUID != 0 || n.mode&groupExec == groupExec || hasCapabilities(t.names.host(n)) {
		r.remark("%s has a set-user-ID or set-group-ID bit or capabilities, and gained nothing from them while it was traced.", n.path)
	}
}

func hasCapabilities(host string) bool {
	n, err := unix.Lgetxattr(host, "security.capability", nil)
	return err == nil && n > 0
}

// A reading of a file is good while the file is the same.
type reading struct {
	ctime unix.Timespec
	inode inode
	op    Op
	name  string
}

// interpreter is the function of that name for what a look-up found, with a
// memory.
func (r *recorder) interpreter(a *result) (Op, string) {
	host := a.names.host(a.node)
	var st unix.Stat_t
	if lstat(host, &st) != 0 {
		return "", ""
	}
	id := inode{st.Dev, st.Ino}
	known, ok := r.readings[a.node]
	if !ok || known.inode != id || known.ctime != st.Ctim {
		op, name := interpreter(host)
		known = reading{st.Ctim, id, op, name}
		r.readings[a.node] = known
	}
	return known.op, known.name
}

// interpreter returns what the kernel opens to execute a file: Exec and the
// program in the first line of a script, or Open and an ELF file's interpreter.
func interpreter(host string) (Op, string) {
	f, err := os.OpenFile(host, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", ""
	}
	defer f.Close()
	var head [256]byte // BINPRM_BUF_SIZE
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return "", ""
	}
	if name, ok := bytes.CutPrefix(head[:n], []byte("#!")); ok {
		return Exec, scriptInterpreter(name)
	}
	if bytes.HasPrefix(head[:n], []byte(elf.ELFMAG)) {
		return Open, elfInterpreter(f)
	}
	return "", ""
}

// scriptInterpreter takes the program out of what follows "#!", as
// fs/binfmt_script.c does.
func scriptInterpreter(line []byte) string {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.TrimLeft(line, " \t")
	if i := bytes.IndexAny(line, " \t\x00"); i >= 0 {
		line = line[:i]
	}
	return string(line)
}

// elfInterpreter returns the name in PT_INTERP, "" where there is none.
func elfInterpreter(f io.ReaderAt) string {
	e, err := elf.NewFile(f)
	if err != nil {
		return ""
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP && p.Filesz <= unix.PathMax {
			name := make([]byte, p.Filesz)
			if _, err := p.ReadAt(name, 0); err != nil {
				return ""
			}
			return unix.ByteSliceToString(name)
		}
	}
	return ""
}
