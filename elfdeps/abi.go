package elfdeps

import "debug/elf"

// An abi is what the loaders of one machine have built in: facts that the
// object decides, never the machine on which this runs.
type abi struct {
	machine   elf.Machine
	class     elf.Class
	data      elf.Data
	flagsMask uint32    // of e_flags, with flags tells ABIs of one machine apart
	flags     uint32    // e_flags under flagsMask
	glibc     string    // where the ABI has glibc's loader
	musl      string    // the architecture's name in musl's file names
	platforms []string  // $PLATFORM (AT_PLATFORM); the first is every CPU's
	legacy    []string  // folders of before glibc 2.37 for features that every CPU has
	osabi     elf.OSABI // accepted beside System V and GNU
	vdso      string    // soname of the kernel's own object, when not linux-vdso.so.1 (vdso(7))
	optional  []string  // folders of before glibc 2.37 for features that later CPUs have
}

// vdsoName returns the soname of the object that the kernel maps itself.
func (a *abi) vdsoName() string {
	if a.vdso != "" {
		return a.vdso
	}
	return "linux-vdso.so.1"
}

const (
	efARMHard    = 0x400 // EF_ARM_ABI_FLOAT_HARD
	efARMSoft    = 0x200 // EF_ARM_ABI_FLOAT_SOFT
	efRISCVFloat = 0x6   // EF_RISCV_FLOAT_ABI
	efPPC64ABI   = 0x3   // EF_PPC64_ABI

	osabiARMEABI elf.OSABI = 64 // ELFOSABI_ARM_AEABI
)

// abis lists the machines whose rules are known. The loaders' paths are in the
// psABI supplements and in glibc's shlib-versions and musl's dynlink.c.
// Before the entry without flagsMask stand those that it would shadow.
var abis = []abi{
	{
		machine: elf.EM_X86_64, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, glibc: "/lib64/ld-linux-x86-64.so.2", musl: "x86_64",
		platforms: []string{"x86_64", "haswell", "xeon_phi"}, legacy: []string{"x86_64"}, optional: []string{"avx512_1"},
	},
	{
		machine: elf.EM_X86_64, class: elf.ELFCLASS32, data: elf.ELFDATA2LSB, glibc: "/libx32/ld-linux-x32.so.2", musl: "x32",
		platforms: []string{"x86_64", "haswell", "xeon_phi"}, legacy: []string{"x86_64"}, optional: []string{"avx512_1"},
	},
	{
		machine: elf.EM_386, class: elf.ELFCLASS32, data: elf.ELFDATA2LSB, glibc: "/lib/ld-linux.so.2", musl: "i386",
		platforms: []string{"i686", "i586"}, optional: []string{"sse2"}, vdso: "linux-gate.so.1",
	},
	{
		machine: elf.EM_AARCH64, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, glibc: "/lib/ld-linux-aarch64.so.1", musl: "aarch64",
		platforms: []string{"aarch64"}, optional: []string{"atomics"},
	},
	{
		machine: elf.EM_AARCH64, class: elf.ELFCLASS64, data: elf.ELFDATA2MSB, glibc: "/lib/ld-linux-aarch64_be.so.1", musl: "aarch64_be",
		platforms: []string{"aarch64_be"},
	},
	{
		machine: elf.EM_ARM, class: elf.ELFCLASS32, data: elf.ELFDATA2LSB, flagsMask: efARMSoft, flags: efARMSoft,
		glibc: "/lib/ld-linux.so.3", musl: "arm", platforms: []string{"v7l", "v8l", "v6l"}, osabi: osabiARMEABI,
	},
	{
		machine: elf.EM_ARM, class: elf.ELFCLASS32, data: elf.ELFDATA2LSB,
		glibc: "/lib/ld-linux-armhf.so.3", musl: "armhf", platforms: []string{"v7l", "v8l", "v6l"}, osabi: osabiARMEABI,
		legacy: []string{"vfp"}, optional: []string{"neon"},
	},
	{
		machine: elf.EM_RISCV, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, flagsMask: efRISCVFloat, flags: 4,
		glibc: "/lib/ld-linux-riscv64-lp64d.so.1", musl: "riscv64",
	},
	{
		machine: elf.EM_RISCV, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, flagsMask: efRISCVFloat,
		glibc: "/lib/ld-linux-riscv64-lp64.so.1", musl: "riscv64-sf",
	},
	{
		machine: elf.EM_PPC64, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, glibc: "/lib64/ld64.so.2", musl: "powerpc64le",
		platforms: []string{"power8", "power9", "power10", "power11"}, vdso: "linux-vdso64.so.1",
	},
	{
		machine: elf.EM_PPC64, class: elf.ELFCLASS64, data: elf.ELFDATA2MSB, flagsMask: efPPC64ABI, flags: 2,
		glibc: "/lib64/ld64.so.2", musl: "powerpc64", platforms: []string{"power4"}, vdso: "linux-vdso64.so.1",
	},
	{
		machine: elf.EM_PPC64, class: elf.ELFCLASS64, data: elf.ELFDATA2MSB,
		glibc: "/lib64/ld64.so.1", musl: "powerpc64", platforms: []string{"power4"}, vdso: "linux-vdso64.so.1",
	},
	{
		machine: elf.EM_S390, class: elf.ELFCLASS64, data: elf.ELFDATA2MSB, glibc: "/lib/ld64.so.1", musl: "s390x",
		platforms: []string{"z900", "z990", "z9-109", "z10", "z196", "zEC12", "z13", "z14", "z15", "z16"}, vdso: "linux-vdso64.so.1",
	},
	{
		machine: elf.EM_LOONGARCH, class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, glibc: "/lib64/ld-linux-loongarch-lp64d.so.1", musl: "loongarch64",
		platforms: []string{"loongarch"},
	},
}

// abiOf returns the entry for o, nil for a machine whose rules are not known.
func abiOf(o *Object) *abi {
	for i := range abis {
		a := &abis[i]
		if a.machine == o.Machine && a.class == o.Class && a.data == o.Data && o.Flags&a.flagsMask == a.flags {
			return a
		}
	}
	return nil
}

// sameMachine tells whether a loader of a takes an object with header h, as
// elf_machine_matches_host of each port of glibc decides.
func (a *abi) sameMachine(h *header) bool {
	if h.machine != a.machine {
		return false
	}
	switch a.machine {
	case elf.EM_RISCV:
		return h.flags&efRISCVFloat == a.flags
	case elf.EM_PPC64:
		v := h.flags & efPPC64ABI
		return v == 0 || v == a.ppcABI()
	}
	return true
}

// ppcABI returns the version of the 64-bit PowerPC ABI.
func (a *abi) ppcABI() uint32 {
	if a.data == elf.ELFDATA2LSB || a.flags == 2 {
		return 2
	}
	return 1
}

// floatABI tells whether an ARM object's float ABI is the loader's
// (VALID_FLOAT_ABI in sysdeps/unix/sysv/linux/arm/ldsodefs.h).
func (a *abi) floatABI(flags uint32) bool {
	const eabiMask, eabi5 = 0xff000000, 0x05000000
	if a.machine != elf.EM_ARM || flags&eabiMask != eabi5 {
		return true
	}
	if a.flags == efARMSoft {
		return flags&efARMHard == 0
	}
	return flags&efARMSoft == 0
}
