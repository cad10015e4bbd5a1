package doctor

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpf loads the smallest program of the type that tracing needs, and takes it
// away again.
func bpf(*Tools) (State, string) {
	if err := loadProgram(); err != nil {
		return Missing, "refused: " + err.Error()
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		return Missing, "programs can be loaded, but the kernel does not describe its types: no /sys/kernel/btf/vmlinux"
	}
	if major, minor := release(); major < 5 || major == 5 && minor < 11 {
		return Missing, fmt.Sprintf("programs can be loaded, but Linux %d.%d lacks task storage", major, minor)
	}
	return Works, "tried, works"
}

// A programLoad is what bpf(2) takes for BPF_PROG_LOAD, as far as it is used.
type programLoad struct {
	kind, count           uint32
	instructions, license uint64
	logLevel, logSize     uint32
	log                   uint64
	version, flags        uint32
}

func loadProgram() error {
	program := [...]uint64{0xb7, 0x95} // r0 = 0; exit
	license := [...]byte{'G', 'P', 'L', 0}
	attr := programLoad{
		kind: unix.BPF_PROG_TYPE_RAW_TRACEPOINT, count: uint32(len(program)),
		instructions: uint64(uintptr(unsafe.Pointer(&program))), license: uint64(uintptr(unsafe.Pointer(&license))),
	}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return fmt.Errorf("bpf: %w", errno)
	}
	return unix.Close(int(fd))
}
