package tracer

import "golang.org/x/sys/unix"

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

func changeRegs(tid int, change func(*unix.PtraceRegs)) error {
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(tid, &regs); err != nil {
		return err
	}
	change(&regs)
	return unix.PtraceSetRegs(tid, &regs)
}
