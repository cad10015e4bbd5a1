package tracer

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Arguments that the table's conditions ask for.
const (
	bpfObjPin            = 6 // BPF_OBJ_PIN, include/uapi/linux/bpf.h
	bpfObjGet            = 7
	seccompSetModeFilter = unix.SECCOMP_SET_MODE_FILTER
	prSetSeccomp         = unix.PR_SET_SECCOMP
	prSetDumpable        = unix.PR_SET_DUMPABLE
	cloneUntraced        = unix.CLONE_UNTRACED
	cloneNewNS           = unix.CLONE_NEWNS
)

// bpf takes the commands of bpf(2) that name a file, by a pointer at the start
// of what they are given.
func (r *recorder) bpf(e *event) verdict {
	var raw [8]byte
	if r.mem.read(e.t, e.args[1], raw[:]) != nil {
		return goOn
	}
	e.args[1] = binary.NativeEndian.Uint64(raw[:])
	return r.look(e)
}

// ioUring takes io_uring_setup(2). What is opened through a ring makes no
// system call, so the program is told that there are none, as on older kernels.
func (r *recorder) ioUring(e *event) verdict {
	r.remark("%s asked for io_uring, which was refused: what is opened by it cannot be seen.", e.t.proc.program)
	return refuse
}

// seccomp takes the installing of a filter by seccomp(2).
func (r *recorder) seccomp(e *event) verdict {
	if e.args[1]&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER != 0 {
		r.remark("%s watches system calls by a seccomp listener; every call is traced from there on.", e.t.proc.program)
		return watchAll
	}
	return r.filter(e, e.args[2])
}

// prctl takes the older call for the same, and the one that hides a process.
func (r *recorder) prctl(e *event) verdict {
	if e.args[0] == prSetDumpable {
		return r.hide(e)
	}
	if e.args[1] != unix.SECCOMP_MODE_FILTER {
		return goOn
	}
	return r.filter(e, e.args[2])
}

// hide keeps a process from hiding its memory, as agents that keep keys do: with
// it go the names that it and its children look up, but for a tracer with
// CAP_SYS_PTRACE. PR_GET_TIMING always returns 0.
func (r *recorder) hide(e *event) verdict {
	if e.args[1] == 1 || hasCapability(unix.CAP_SYS_PTRACE) {
		return goOn
	}
	r.remark("%s asked for its memory to be hidden (PR_SET_DUMPABLE), which was not done: what it looks at could not be seen.", e.t.proc.program)
	e.args[0] = unix.PR_GET_TIMING
	return nothing
}

// filter judges a filter that a tracee installs. One that can return
// SECCOMP_RET_TRACE counts on a tracer of its own.
func (r *recorder) filter(e *event, addr uint64) verdict {
	for _, i := range r.program(e, addr) {
		if i.Code == unix.BPF_RET|unix.BPF_K && i.K&seccompAction != unix.SECCOMP_RET_TRACE {
			continue
		}
		if i.Code&bpfClass == unix.BPF_RET {
			r.remark("%s installed a seccomp filter that leaves calls to a tracer; every call is traced from there on.", e.t.proc.program)
			return watchAll
		}
	}
	return goOn
}

const (
	seccompAction = 0xffff0000 // SECCOMP_RET_ACTION_FULL
	bpfClass      = 0x07       // BPF_CLASS, include/uapi/linux/bpf_common.h
)

// program reads a struct sock_fprog and what it points to.
func (r *recorder) program(e *event, addr uint64) []unix.SockFilter {
	var raw [16]byte
	words := e.abi.words
	if r.mem.read(e.t, addr, raw[:2*words]) != nil {
		return nil
	}
	at := binary.NativeEndian.Uint64(raw[8:])
	if words == 4 {
		at = uint64(binary.NativeEndian.Uint32(raw[4:]))
	}
	code := make([]byte, 8*int(binary.NativeEndian.Uint16(raw[:])))
	if r.mem.read(e.t, at, code) != nil {
		return nil
	}
	var list []unix.SockFilter
	for ; len(code) > 0; code = code[8:] {
		list = append(list, unix.SockFilter{
			Code: binary.NativeEndian.Uint16(code), K: binary.NativeEndian.Uint32(code[4:]),
		})
	}
	return list
}

// ptrace takes the call of that name: a task has one tracer.
func (r *recorder) ptrace(e *event) verdict {
	r.remark("%s used ptrace, which fails for processes that are traced already.", e.t.proc.program)
	return goOn
}

// affinity takes calls about where tasks may run.
func (r *recorder) affinity(*event) verdict { return reveal }

// clone takes the call of that name where its flags say that the child is not
// to be traced: it would escape.
func (r *recorder) clone(e *event) verdict {
	flags := e.args[0]
	r.namespaces(e, flags)
	if flags&cloneUntraced == 0 {
		return goOn
	}
	e.args[0] = flags &^ cloneUntraced
	return rewrite
}

// clone3 takes the call of that name. Its flags are the first word in memory.
func (r *recorder) clone3(e *event) verdict {
	var raw [8]byte
	if r.mem.read(e.t, e.args[0], raw[:]) != nil {
		return goOn
	}
	flags := binary.NativeEndian.Uint64(raw[:])
	r.namespaces(e, flags)
	if flags&cloneUntraced != 0 {
		if err := r.mem.write(e.t, e.args[0], flags&^cloneUntraced); err != nil {
			r.lacks("%s started a process that is not to be traced, and it was not: %v.", e.t.proc.program, err)
		}
	}
	return goOn
}

func (r *recorder) namespaces(e *event, flags uint64) {
	if flags&cloneNewNS != 0 {
		r.moved = true
		r.moves(e.t)
	}
}
