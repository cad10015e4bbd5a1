package bpf

import (
	"errors"
	"fmt"
)

// ErrNotSupported is what a probe that cannot be loaded here is reported with.
var ErrNotSupported = errors.New("no BPF probe can be loaded here")

// The places of arguments that are none.
const (
	Absent = -2
	Cwd    = -1 // for a folder: the working directory
)

// A Spec says how the probe reads the arguments of a system call. Make it from
// [NoArguments].
type Spec struct {
	// Path and Dir are the places of a name and of the descriptor of the
	// folder that it is looked up from; Path2 and Dir2 those of a second name.
	Path, Dir, Path2, Dir2 int8
	// Object is the argument that is a descriptor whose path is wanted.
	Object int8
	Result bool // the result is such a descriptor
	NewCwd bool // the call moves to another working directory: the object
	// Address: Path is the address of a structure of Size bytes, such as a
	// socket's address. Without it, a Size asks for as many bytes at the
	// address that is argument 2 ([Event.Struct]).
	Address bool
	Size    uint8
	Given   int8 // where it is not negative, this argument must not be 0
}

// NoArguments is the Spec of a call of whose arguments none is read.
var NoArguments = Spec{Path: Absent, Dir: Absent, Path2: Absent, Dir2: Absent, Object: Absent, Given: Absent}

// Options say what a probe sees.
type Options struct {
	Native map[int]Spec // by number, x32 without __X32_SYSCALL_BIT
	Compat map[int]Spec // of 32-bit programs
	Ring   int          // bytes of the ring buffer, a power of two; 0 for 16 MiB
}

const defaultRing = 16 << 20

func (o Options) ring() int {
	if o.Ring == 0 {
		return defaultRing
	}
	return o.Ring
}

// As in probe.bpf.c.
const (
	specsPerABI = 1024
	slotsPerCPU = 8
)

// Lost counts what did not reach the reader.
type Lost struct {
	Ring uint64 // events for which the ring buffer had no room
	Slot uint64 // events that found no place to be put together
	Task uint64 // tasks that are not followed, for want of memory
}

// Any tells whether something was lost.
func (l Lost) Any() bool { return l != Lost{} }

func (l Lost) String() string {
	return fmt.Sprintf("%d events did not fit the ring buffer, %d found no slot, %d tasks could not be followed", l.Ring, l.Slot, l.Task)
}
