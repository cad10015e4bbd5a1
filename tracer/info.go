package tracer

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A syscallInfo is struct ptrace_syscall_info of include/uapi/linux/ptrace.h.
// At an exit nr holds the result.
type syscallInfo struct {
	op   uint8
	_    [3]uint8
	arch uint32
	ip   uint64
	sp   uint64
	nr   uint64
	args [6]uint64
	data uint32
	_    uint32
}

// info reads which call the task stands before or after.
func (p *ptracer) info(t *tracee, i *syscallInfo) bool {
	if !p.registers {
		n, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(t.tid),
			unsafe.Sizeof(*i), uintptr(unsafe.Pointer(i)), 0, 0)
		if errno != unix.EIO {
			return int(n) > 0 && errno == 0
		}
		p.registers = true // before Linux 5.3
	}
	return p.readRegisters(t, i)
}

// readRegisters makes of the registers what newer kernels tell. They do not tell
// a stop before a call from one after it, which take turns, nor the
// architecture of the call, which the filter hands over.
func (p *ptracer) readRegisters(t *tracee, i *syscallInfo) bool {
	var regs unix.PtraceRegs
	if getRegs(t.tid, &regs) != nil {
		return false
	}
	switch {
	case t.atEvent:
		i.op = unix.PTRACE_SYSCALL_INFO_SECCOMP
		n, ok := eventMessage(t.tid)
		if !ok {
			return false
		}
		if n > 0 && n <= uint64(len(abis)) {
			i.arch = abis[n-1].arch
		}
	case t.inside:
		i.op = unix.PTRACE_SYSCALL_INFO_EXIT
		i.nr = resultOf(&regs)
		return true
	default:
		i.op = unix.PTRACE_SYSCALL_INFO_ENTRY
		i.arch = archOf(&regs)
	}
	i.nr, i.args = callOf(&regs, i.arch)
	return true
}
