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
// of no interest and notices the others: those in the table that wanted picks,
// those of an architecture that is not known, and numbers beyond the known ones.
// notice is the action that does. Its data tells which of the ABIs it is, from 1.
func seccompFilter(notice uint32, wanted func(*call) *condition) []unix.SockFilter {
	f := &filter{notice: notice, wanted: wanted}
	f.load(dataArch)
	for i, a := range abis {
		if a.bit == 0 {
			f.notice = notice | uint32(i+1) // SECCOMP_RET_DATA
			f.section(a)
		}
	}
	f.ret(notice)
	return f.code
}

// filters pick the calls that are noticed, and on what condition.
var filters = map[string]func(*call) *condition{filterAll: all, filterAlterations: alterations}

const (
	filterAll         = "all"
	filterAlterations = "alterations"
)

// all picks the whole table.
func all(c *call) *condition { return &c.when }

// alterations picks the calls that change files, or what can be seen, for a run
// that a probe watches.
func alterations(c *call) *condition {
	switch {
	case c.opens && c.flags == none: // openat2 has them in memory
		return &c.when
	case c.opens:
		return &condition{arg: c.flags, bits: unix.O_WRONLY | unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC}
	case c.alters, c.op == Create, c.op == Modify, c.op == Change, c.op == Remove, c.toPath != none:
		return &c.when
	}
	return nil
}

type filter struct {
	notice uint32
	wanted func(*call) *condition
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
	when := f.wanted(c)
	switch {
	case when == nil:
		return
	case when.empty():
		f.jump(unix.BPF_JEQ, n, 0, 1)
		f.ret(f.notice)
		return
	}
	var test filter
	test.notice = f.notice
	test.condition(*when)
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
