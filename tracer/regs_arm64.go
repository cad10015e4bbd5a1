package tracer

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ntSystemCall is the register set that holds the number of the call
// (NT_ARM_SYSTEM_CALL in include/uapi/linux/elf.h).
const ntSystemCall = 0x404

// skipCall makes the call that the tracee stands before fail with ENOSYS. No
// call has the number -1, and the register of the result is then left alone.
func skipCall(tid int) error {
	nr := int32(-1)
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(&nr)), Len: uint64(unsafe.Sizeof(nr))}
	if err := regset(unix.PTRACE_SETREGSET, tid, ntSystemCall, &iov); err != nil {
		return err
	}
	return changeRegs(tid, func(regs *unix.PtraceRegs) { setResult(regs, -int64(unix.ENOSYS)) })
}

// setFirst changes the first argument of the call that the tracee stands before.
func setFirst(tid int, _ *abi, value uint64) error {
	return changeRegs(tid, func(regs *unix.PtraceRegs) { regs.Regs[0] = value })
}

// setResult sets what the call returns. The first argument is in the same place.
func setResult(regs *unix.PtraceRegs, value int64) { regs.Regs[0] = uint64(value) }

// archOf tells what kind of program a tracee is: bit 4 of the processor state is
// set in that of a 32-bit one (PSR_MODE32_BIT in arch/arm64/include/uapi/asm/ptrace.h).
func archOf(regs *unix.PtraceRegs) uint32 {
	const mode32 = 0x10
	if regs.Pstate&mode32 != 0 {
		return unix.AUDIT_ARCH_ARM
	}
	return unix.AUDIT_ARCH_AARCH64
}

// callOf returns the number and the arguments of a call (syscall(2)).
func callOf(regs *unix.PtraceRegs, arch uint32) (nr uint64, args [6]uint64) {
	copy(args[:], regs.Regs[:6])
	if arch == unix.AUDIT_ARCH_ARM {
		return regs.Regs[7], args
	}
	return regs.Regs[8], args
}

func resultOf(regs *unix.PtraceRegs) uint64 { return regs.Regs[0] }

func changeRegs(tid int, change func(*unix.PtraceRegs)) error {
	var regs unix.PtraceRegs
	if err := getRegs(tid, &regs); err != nil {
		return err
	}
	change(&regs)
	return setRegs(tid, &regs)
}

// getRegs reads the registers. Those of a 32-bit program come as a set of their
// own, of 18 words (struct user_regs in arch/arm/include/asm/user.h).
func getRegs(tid int, regs *unix.PtraceRegs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs)), Len: uint64(unsafe.Sizeof(*regs))}
	if err := regset(unix.PTRACE_GETREGSET, tid, ntPrstatus, &iov); err != nil {
		return err
	}
	if iov.Len == uint64(unsafe.Sizeof(armRegs{})) {
		widen(regs)
	}
	return nil
}

// armRegs are r0 to r15, the processor state and the first argument as it was.
type armRegs [18]uint32

// widen makes registers of a 64-bit program of those of a 32-bit one.
func widen(regs *unix.PtraceRegs) {
	narrow := *(*armRegs)(unsafe.Pointer(regs))
	*regs = unix.PtraceRegs{}
	for i, r := range narrow {
		regs.Regs[i] = uint64(r)
	}
	regs.Pstate = uint64(narrow[16])
}

// narrow undoes widen.
func narrow(regs *unix.PtraceRegs) (n armRegs) {
	for i := range n {
		n[i] = uint32(regs.Regs[i])
	}
	return n
}

func setRegs(tid int, regs *unix.PtraceRegs) error {
	iov := unix.Iovec{Base: (*byte)(unsafe.Pointer(regs)), Len: uint64(unsafe.Sizeof(*regs))}
	if archOf(regs) == unix.AUDIT_ARCH_ARM {
		n := narrow(regs)
		iov = unix.Iovec{Base: (*byte)(unsafe.Pointer(&n)), Len: uint64(unsafe.Sizeof(n))}
	}
	return regset(unix.PTRACE_SETREGSET, tid, ntPrstatus, &iov)
}

func regset(request, tid int, set uintptr, iov *unix.Iovec) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, uintptr(request), uintptr(tid), set, uintptr(unsafe.Pointer(iov)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

const ntPrstatus = 1 // NT_PRSTATUS, include/uapi/linux/elf.h
