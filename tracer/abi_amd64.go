package tracer

import "golang.org/x/sys/unix"

// machineABIs are those of x86-64: 64-bit programs, which may use the gates of
// 32-bit ones (int $0x80) as well, 32-bit ones, and x32.
func machineABIs() []*abi {
	return []*abi{
		{name: "x86-64", arch: unix.AUDIT_ARCH_X86_64, column: onAMD64, words: 8},
		{name: "i386", arch: unix.AUDIT_ARCH_I386, column: on386, words: 4},
		{
			name: "x32", arch: unix.AUDIT_ARCH_X86_64, column: onAMD64, words: 4, bit: x32Bit,
			// arch/x86/entry/syscalls/syscall_64.tbl, "x32".
			extra: map[int]string{520: "execve", 521: "ptrace", 545: "execveat"},
		},
	}
}
