package tracer

import (
	"math"
	"unsafe"

	"golang.org/x/sys/unix"
)

// skipCall makes the call that the tracee stands before fail with ENOSYS: that
// is what the register of the result holds until a call has been made.
func skipCall(tid int) error {
	return changeRegs(tid, func(regs *unix.PtraceRegs) { regs.Orig_rax = ^uint64(0) })
}

// setFirst changes the first argument of the call that the tracee stands before.
func setFirst(tid int, a *abi, value uint64) error {
	return changeRegs(tid, func(regs *unix.PtraceRegs) {
		if a.column == on386 {
			regs.Rbx = value
		} else {
			regs.Rdi = value
		}
	})
}

// archOf tells from the code segment what kind of program a tracee is (__USER32_CS
// in arch/x86/include/asm/segment.h). A 64-bit program that uses the gate of 32-bit
// ones is taken for what it is, not for what its call is.
func archOf(regs *unix.PtraceRegs) uint32 {
	const user32CS = 0x23
	if regs.Cs == user32CS {
		return unix.AUDIT_ARCH_I386
	}
	return unix.AUDIT_ARCH_X86_64
}

// callOf returns the number and the arguments of a call (syscall(2)).
func callOf(regs *unix.PtraceRegs, arch uint32) (nr uint64, args [6]uint64) {
	if arch != unix.AUDIT_ARCH_I386 {
		return regs.Orig_rax, [6]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}
	}
	args = [6]uint64{regs.Rbx, regs.Rcx, regs.Rdx, regs.Rsi, regs.Rdi, regs.Rbp}
	for i := range args {
		args[i] &= math.MaxUint32
	}
	return regs.Orig_rax & math.MaxUint32, args
}

func resultOf(regs *unix.PtraceRegs) uint64 { return regs.Rax }

// getRegs reads the registers. This request gives a 64-bit tracer those of a
// 32-bit program in the same places; a register set would be of another layout.
func getRegs(tid int, regs *unix.PtraceRegs) error {
	return ptraceRegs(unix.PTRACE_GETREGS, tid, regs)
}

func ptraceRegs(request, tid int, regs *unix.PtraceRegs) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), 0, uintptr(unsafe.Pointer(regs)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func changeRegs(tid int, change func(*unix.PtraceRegs)) error {
	var regs unix.PtraceRegs
	if err := getRegs(tid, &regs); err != nil {
		return err
	}
	change(&regs)
	return ptraceRegs(unix.PTRACE_SETREGS, tid, &regs)
}
