package tracer

import "golang.org/x/sys/unix"

// machineABIs are those of aarch64: its own, and that of 32-bit arm programs.
func machineABIs() []*abi {
	return []*abi{
		{name: "aarch64", arch: unix.AUDIT_ARCH_AARCH64, column: onARM64, words: 8},
		{name: "arm", arch: unix.AUDIT_ARCH_ARM, column: onARM, words: 4},
	}
}
