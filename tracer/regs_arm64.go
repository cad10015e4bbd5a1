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
	_, _, errno := unix.RawSyscall6(unix.SYS_PTRACE, unix.PTRACE_SETREGSET, uintptr(tid),
		ntSystemCall, uintptr(unsafe.Pointer(&iov)), 0, 0)
	if errno != 0 {
		return errno
	}
	return changeRegs(tid, func(regs *unix.PtraceRegs) { setResult(regs, -int64(unix.ENOSYS)) })
}

// setFirst changes the first argument of the call that the tracee stands before.
func setFirst(tid int, _ *abi, value uint64) error {
	return changeRegs(tid, func(regs *unix.PtraceRegs) { regs.Regs[0] = value })
}

// setResult sets what the call returns. The first argument is in the same place.
func setResult(regs *unix.PtraceRegs, value int64) { regs.Regs[0] = uint64(value) }

func changeRegs(tid int, change func(*unix.PtraceRegs)) error {
	var regs unix.PtraceRegs
	if err := getRegs(tid, &regs); err != nil {
		return err
	}
	change(&regs)
	return setRegs(tid, &regs)
}

func getRegs(tid int, regs *unix.PtraceRegs) error {
	return unix.PtraceGetRegSetArm64(tid, ntPrstatus, (*unix.PtraceRegsArm64)(unsafe.Pointer(regs)))
}

func setRegs(tid int, regs *unix.PtraceRegs) error {
	return unix.PtraceSetRegSetArm64(tid, ntPrstatus, (*unix.PtraceRegsArm64)(unsafe.Pointer(regs)))
}

const ntPrstatus = 1 // NT_PRSTATUS, include/uapi/linux/elf.h
