package elfdeps

import (
	"debug/elf"
	"errors"

	"golang.org/x/sys/unix"
)

// flagNoDefLib is DF_1_NODEFLIB.
const flagNoDefLib = elf.DF_1_NODEFLIB

// verify decides as open_verify in glibc's dl-load.c does what the loader makes
// of a file that opened: reason is why the loader gives up, note why it passes
// the file over.
func (a *abi) verify(n *node) (reason string, note error) {
	h := n.header
	switch {
	case errors.Is(n.err, unix.EISDIR):
		return "cannot read file data: is a directory", nil
	case n.size < a.headerSize():
		return "file too short", nil
	case n.err != nil && n.obj == nil && !isFormat(n.err):
		return n.err.Error(), nil
	case !h.isELF():
		return "invalid ELF header", nil
	case h.class() != a.class:
		return "", errClass
	}
	if reason := a.badIdent(h); reason != "" {
		return reason, nil
	}
	switch {
	case !a.sameMachine(h):
		return "", errMachine
	case h.typ != elf.ET_DYN && h.typ != elf.ET_EXEC:
		return "only ET_DYN and ET_EXEC can be loaded", nil
	case h.phentsize != h.wantPhentsize():
		return "ELF file's phentsize not the expected size", nil
	case n.err != nil:
		return n.err.Error(), nil
	}
	return "", nil
}

// headerSize returns the size of the ELF header that the loader reads.
func (a *abi) headerSize() int64 {
	if a.class == elf.ELFCLASS64 {
		return headerSize64
	}
	return headerSize32
}

func isFormat(err error) bool {
	var malformed *FormatError
	return errors.As(err, &malformed)
}

// badIdent checks the rest of e_ident and e_version.
func (a *abi) badIdent(h *header) string {
	osabi, version := elf.OSABI(h.ident[elf.EI_OSABI]), h.ident[elf.EI_ABIVERSION]
	switch {
	case h.data() != a.data:
		return "ELF file data encoding not " + a.endian()
	case h.ident[elf.EI_VERSION] != byte(elf.EV_CURRENT):
		return "ELF file version ident does not match current one"
	case osabi != elf.ELFOSABI_NONE && osabi != elf.ELFOSABI_LINUX && (a.osabi == 0 || osabi != a.osabi):
		return "ELF file OS ABI invalid"
	case version != 0 && (osabi != elf.ELFOSABI_LINUX || version > maxABIVersion):
		return "ELF file ABI version invalid"
	case [7]byte(h.ident[elf.EI_PAD:]) != [7]byte{}:
		return "nonzero padding in e_ident"
	case !a.floatABI(h.flags):
		return "wrong floating-point ABI"
	case h.version != uint32(elf.EV_CURRENT):
		return "ELF file version does not match current one"
	}
	return ""
}

func (a *abi) endian() string {
	if a.data == elf.ELFDATA2MSB {
		return "big-endian"
	}
	return "little-endian"
}

// maxABIVersion is the last EI_ABIVERSION that glibc takes (LIBC_ABI_MAX - 1,
// from its libc-abis: default, unique, ifunc, absolute).
const maxABIVersion = 3

// unloadable says why a file that verify takes cannot be mapped as a library
// (_dl_map_object_from_fd), "" when it can.
func unloadable(n *node) string {
	o := n.obj
	switch {
	case o.skewed:
		return "ELF load command address/offset not page-aligned"
	case o.loads == 0:
		return "object file has no loadable segments"
	case o.Type != elf.ET_DYN:
		return "cannot dynamically load executable"
	case !o.Dynamic || o.hollow:
		return "object file has no dynamic section"
	case o.Pie():
		return "cannot dynamically load position-independent executable"
	}
	return ""
}
