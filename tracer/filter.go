package tracer

import "golang.org/x/sys/unix"

// Offsets in struct seccomp_data (include/uapi/linux/seccomp.h). The halves of
// arguments lie as on little-endian machines.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16
)

func low(arg int) uint32  { return uint32(dataArgs + 8*arg) }
func high(arg int) uint32 { return uint32(dataArgs + 8*arg + 4) }

// seccompFilter returns the program that lets the kernel pass every system call
// of no interest and stop the task for the others: those in the table, those of
// an architecture that is not known, and numbers beyond the known ones. notice
// is the action that stops.
func seccompFilter(notice uint32) []unix.SockFilter {
	f := &filter{notice: notice, births: notice == unix.SECCOMP_RET_USER_NOTIF}
	f.load(dataArch)
	for _, a := range abis {
		if a.bit == 0 {
			f.section(a)
		}
	}
	f.ret(notice)
	return f.code
}

type filter struct {
	notice uint32
	// births: notice all calls that make a task, which no ptrace event tells.
	// A task that is to be ended does not multiply while it stands there.
	births bool
	code   []unix.SockFilter
}

func (f *filter) add(code uint16, jt, jf uint8, k uint32) {
	f.code = append(f.code, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

func (f *filter) load(offset uint32) { f.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, offset) }

func (f *filter) ret(action uint32) { f.add(unix.BPF_RET|unix.BPF_K, 0, 0, action) }

// jump skips yes or no instructions.
func (f *filter) jump(test uint16, k uint32, yes, no uint8) {
	f.add(unix.BPF_JMP|test|unix.BPF_K, yes, no, k)
}

// section is what applies to calls of one architecture. The numbers of x32 lie
// beyond the known ones, and so are all noticed.
func (f *filter) section(a *abi) {
	f.jump(unix.BPF_JEQ, a.arch, 1, 0)
	over := len(f.code)
	f.add(unix.BPF_JMP|unix.BPF_JA, 0, 0, 0)
	f.load(dataNr)
	f.jump(unix.BPF_JGT, lastKnown, 0, 1)
	f.ret(f.notice)
	for n, c := range a.byNr {
		if c != nil {
			f.call(uint32(n), c)
		}
	}
	f.ret(unix.SECCOMP_RET_ALLOW)
	f.code[over].K = uint32(len(f.code) - over - 1)
}

// call notices one number.
func (f *filter) call(n uint32, c *call) {
	switch {
	case c.when.never && !f.births:
		return
	case c.when.empty(), c.spawns && f.births:
		f.jump(unix.BPF_JEQ, n, 0, 1)
		f.ret(f.notice)
		return
	}
	var test filter
	test.notice = f.notice
	test.condition(c.when)
	f.jump(unix.BPF_JEQ, n, 0, uint8(len(test.code)))
	f.code = append(f.code, test.code...)
}

// condition ends the program with one action or the other.
func (f *filter) condition(c condition) {
	f.load(low(c.arg))
	switch {
	case c.given:
		f.jump(unix.BPF_JEQ, 0, 0, 3)
		f.load(high(c.arg))
		f.jump(unix.BPF_JEQ, 0, 0, 1)
		f.ret(unix.SECCOMP_RET_ALLOW)
	case c.bits != 0:
		f.jump(unix.BPF_JSET, c.bits, 1, 0)
		f.ret(unix.SECCOMP_RET_ALLOW)
	default:
		for i, v := range c.among {
			f.jump(unix.BPF_JEQ, v, uint8(len(c.among)-i), 0)
		}
		f.ret(unix.SECCOMP_RET_ALLOW)
	}
	f.ret(f.notice)
}
