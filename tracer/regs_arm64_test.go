package tracer

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestRegisters(t *testing.T) {
	var regs unix.PtraceRegs
	for i := range regs.Regs {
		regs.Regs[i] = uint64(100 + i)
	}
	nr, args := callOf(&regs, archOf(&regs))
	if nr != 108 || args != [6]uint64{100, 101, 102, 103, 104, 105} {
		t.Errorf("the call is %d%v", nr, args)
	}
	setResult(&regs, -int64(unix.ENOSYS))
	if got := int64(resultOf(&regs)); got != -int64(unix.ENOSYS) {
		t.Errorf("the result is %d", got)
	}
}

func TestRegistersOf32Bits(t *testing.T) {
	want := armRegs{16: 0x10, 17: 99}
	for i := range 16 {
		want[i] = uint32(200 + i)
	}
	var regs unix.PtraceRegs
	*(*armRegs)(unsafe.Pointer(&regs)) = want
	widen(&regs)
	if archOf(&regs) != unix.AUDIT_ARCH_ARM {
		t.Fatalf("state %#x is not that of a 32-bit program", regs.Pstate)
	}
	nr, args := callOf(&regs, unix.AUDIT_ARCH_ARM)
	if nr != 207 || args != [6]uint64{200, 201, 202, 203, 204, 205} {
		t.Errorf("the call is %d%v", nr, args)
	}
	if got := narrow(&regs); got != want {
		t.Errorf("registers are %v, want %v", got, want)
	}
}
