package tracer

// An abi is one of the ways into the kernel that a machine's programs have.
type abi struct {
	name   string
	arch   uint32 // AUDIT_ARCH_* of include/uapi/linux/audit.h
	column int    // of the table of calls
	bit    uint32 // set in every number, __X32_SYSCALL_BIT
	words  int    // bytes of a pointer
	extra  map[int]string
	byNr   []*call
}

// fill indexes the table of calls by the numbers of a.
func (a *abi) fill() {
	a.byNr = make([]*call, maxNr)
	for i := range calls {
		if n := calls[i].nr[a.column]; n >= 0 {
			a.byNr[n] = &calls[i]
		}
	}
	for n, name := range a.extra {
		a.byNr[n] = callNamed(name)
	}
}

func callNamed(name string) *call {
	for i := range calls {
		if calls[i].name == name {
			return &calls[i]
		}
	}
	panic("no such call: " + name)
}

// maxNr is beyond the numbers of all calls that the table knows of. The filter
// lets a task stop for any number from here on, so that a call that a newer
// kernel adds is noticed.
const maxNr = 548

// lastKnown is the highest number of the common table (since Linux 5.1 new
// calls have one number everywhere) that was looked at when the table was made.
const lastKnown = 470

// abis are those of this machine, the native one first.
var abis = func() []*abi {
	list := machineABIs()
	for _, a := range list {
		a.fill()
	}
	return list
}()

// abiOf returns the ABI of a system call, nil for one that is not known.
func abiOf(arch uint32, nr uint64) *abi {
	for _, a := range abis {
		if a.arch == arch && (a.bit == 0) == (nr&x32Bit == 0) {
			return a
		}
	}
	return nil
}

// call returns what is known of the system call nr, nil where it is of no
// interest, and whether the number is known at all.
func (a *abi) call(nr uint64) (c *call, known bool) {
	nr &^= uint64(a.bit)
	if nr >= maxNr {
		return nil, false
	}
	return a.byNr[nr], nr <= lastKnown || a.bit != 0
}

// x32Bit marks the numbers of x32 programs (__X32_SYSCALL_BIT).
const x32Bit = 0x40000000
