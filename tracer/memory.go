package tracer

import (
	"bytes"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A memory reads and writes the tracees' memory by the first of three ways that
// this machine permits: process_vm_readv(2), which Docker's default profile may
// refuse, /proc/TID/mem, or word by word with ptrace.
type memory struct {
	way     int
	settled bool
	peek    func(tid int, addr uint64) (uint64, error) // nil where it is impossible
	poke    func(tid int, addr, word uint64) error
	confirm func() bool // where it is set: what was read is the task's own
	buf     [unix.PathMax + pageSize]byte
}

const (
	byVM = iota
	byFile
	byWord
)

const (
	pageSize = 4096
	// firstRead is how much of a string is read at first: nearly all names end
	// before that.
	firstRead = 256
)

// read fills buf from the memory of t. A part is an error.
func (m *memory) read(t *task, addr uint64, buf []byte) error {
	n, err := m.readSome(t, addr, buf)
	if err == nil && n < len(buf) {
		return unix.EFAULT
	}
	return err
}

// readString returns the bytes before the first 0 at addr. They are valid until
// the next call. A string longer than a path may be is cut there.
func (m *memory) readString(t *task, addr uint64) ([]byte, error) {
	got := 0
	for want := firstRead; got < unix.PathMax; want = pageSize {
		size := min(want, pageSize-int(addr%pageSize))
		n, err := m.readSome(t, addr, m.buf[got:got+size])
		if err == nil && n == 0 {
			err = unix.EFAULT
		}
		if err != nil {
			return nil, err
		}
		if end := bytes.IndexByte(m.buf[got:got+n], 0); end >= 0 {
			return m.buf[:got+end], nil
		}
		got += n
		addr += uint64(n)
	}
	return m.buf[:got], nil
}

// readSome reads as much of buf as can be read. It does not cross a page that
// is not there.
func (m *memory) readSome(t *task, addr uint64, buf []byte) (int, error) {
	n, err := m.try(t, addr, buf)
	for ; err != nil && m.next(); n, err = m.try(t, addr, buf) {
	}
	m.settled = m.settled || err == nil
	if isRefused(err) {
		n, err = m.otherwise(t, addr, buf, err)
	}
	if m.confirm != nil && !m.confirm() {
		return 0, unix.EFAULT // it is dead, so the call fails
	}
	return n, err
}

// isRefused tells whether it is the permission that is missing.
func isRefused(err error) bool { return err == unix.EPERM || err == unix.EACCES }

// otherwise reads what this process may no longer ask for: the memory of a task
// that has changed its user. A descriptor that was opened before still serves,
// and so does ptrace after an execution (ptrace(2), ptrace access mode checking).
func (m *memory) otherwise(t *task, addr uint64, buf []byte, refused error) (int, error) {
	if t.proc.mem > 0 && m.way != byFile {
		if n, err := t.readMemory(addr, buf); err == nil && n > 0 {
			return n, nil
		}
	}
	if m.peek != nil {
		if n, err := m.readWords(t.tid, addr, buf); err == nil && n > 0 {
			return n, nil
		}
	}
	return 0, refused
}

// holdMemory opens the memory of a task that may change its user, where it could
// not be read afterwards, and notes where the task stands.
func (r *recorder) holdMemory(t *task) {
	if r.holds {
		_, _ = t.memory()
		r.workingDir(t)
	}
}

// shareMemory lets p be read by way of its parent, as which it is the same until
// it executes something, where its own memory could not be opened.
func (p *process) shareMemory(parent *process) {
	if p.mem > 0 || parent.mem <= 0 {
		return
	}
	if fd, err := unix.FcntlInt(uintptr(parent.mem), unix.F_DUPFD_CLOEXEC, 0); err == nil {
		p.mem = fd
	}
}

// next takes the next way as long as none has worked. The first read is from
// the stub, which surely may be read; what cannot be read later is a program
// that its user may only execute.
func (m *memory) next() bool {
	if m.settled || m.way == byWord || m.way == byFile && m.peek == nil {
		return false
	}
	m.way++
	return true
}

func (m *memory) try(t *task, addr uint64, buf []byte) (int, error) {
	switch m.way {
	case byVM:
		return vmRead(t.tid, addr, buf)
	case byFile:
		n, err := t.readMemory(addr, buf)
		if n == 0 && err == nil {
			// The address space is gone: another thread has executed something.
			t.proc.closeMemory()
			n, err = t.readMemory(addr, buf)
		}
		if err == unix.EIO {
			err = unix.EFAULT
		}
		return n, err
	}
	return m.readWords(t.tid, addr, buf)
}

// vmRead reads without telling the scheduler: the call does not wait.
func vmRead(tid int, addr uint64, buf []byte) (int, error) {
	if len(buf) == 0 {
		return 0, nil
	}
	local := unix.Iovec{Base: &buf[0], Len: uint64(len(buf))}
	remote := unix.RemoteIovec{Base: uintptr(addr), Len: len(buf)}
	n, _, errno := unix.RawSyscall6(unix.SYS_PROCESS_VM_READV, uintptr(tid),
		uintptr(unsafe.Pointer(&local)), 1, uintptr(unsafe.Pointer(&remote)), 1, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

func (m *memory) readWords(tid int, addr uint64, buf []byte) (int, error) {
	got := 0
	for got < len(buf) {
		skip := int((addr + uint64(got)) % 8)
		word, err := m.peek(tid, addr+uint64(got)-uint64(skip))
		if err != nil {
			return got, partly(got, err)
		}
		var b [8]byte
		*(*uint64)(unsafe.Pointer(&b[0])) = word
		got += copy(buf[got:], b[skip:])
	}
	return got, nil
}

func partly(got int, err error) error {
	switch {
	case got > 0:
		return nil
	case err == unix.EIO:
		return unix.EFAULT
	}
	return err
}

// write changes one word of t's memory.
func (m *memory) write(t *task, addr, word uint64) error {
	if m.poke != nil {
		return m.poke(t.tid, addr, word)
	}
	f, err := t.memory()
	if err != nil {
		return err
	}
	_, err = unix.Pwrite(f, (*[8]byte)(unsafe.Pointer(&word))[:], int64(addr))
	return err
}

func (t *task) readMemory(addr uint64, buf []byte) (int, error) {
	f, err := t.memory()
	if err != nil {
		return 0, err
	}
	return unix.Pread(f, buf, int64(addr))
}

// memory returns a descriptor of the task's /proc/TID/mem. It reads the address
// space that the process had when it was opened, so exec closes it.
func (t *task) memory() (int, error) {
	if t.proc.mem > 0 {
		return t.proc.mem, nil
	}
	fd, err := unix.Open("/proc/"+strconv.Itoa(t.tid)+"/mem", os.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	t.proc.mem = fd
	return fd, nil
}

// closeMemory forgets the address space.
func (p *process) closeMemory() {
	if p.mem > 0 {
		_ = unix.Close(p.mem)
	}
	p.mem = 0
}
