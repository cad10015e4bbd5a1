package tracer

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestRegisters(t *testing.T) {
	regs := unix.PtraceRegs{
		Orig_rax: 257, Rdi: 1, Rsi: 2, Rdx: 3, R10: 4, R8: 5, R9: 6, Rax: ^uint64(0), Cs: 0x33,
	}
	nr, args := callOf(&regs, archOf(&regs))
	if nr != 257 || args != [6]uint64{1, 2, 3, 4, 5, 6} || int64(resultOf(&regs)) != -1 {
		t.Errorf("the call is %d%v, its result %d", nr, args, resultOf(&regs))
	}
	// A 32-bit program's registers may hold anything above.
	regs = unix.PtraceRegs{Orig_rax: 5, Rbx: 1<<32 | 1, Rcx: 2, Rdx: 3, Rsi: 4, Rdi: 5, Rbp: 6, Cs: 0x23}
	nr, args = callOf(&regs, archOf(&regs))
	if nr != 5 || args != [6]uint64{1, 2, 3, 4, 5, 6} {
		t.Errorf("the call is %d%v", nr, args)
	}
}
