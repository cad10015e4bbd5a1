package bpf

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// A Kind says what an event is about.
type Kind uint8

// The kinds of events, as in probe.bpf.c.
const (
	Call  Kind = iota // the end of a system call
	Fork              // a new task
	Exec              // another program in the task's process
	Exit              // the end of a task
	Uring             // a request to open a file, through io_uring
)

// Flags are what is amiss with an event.
type Flags uint16

// Flags of an event, as in probe.bpf.c.
const (
	Cut        Flags = 1 << iota // a name or path did not fit
	Unreadable                   // a name could not be read
)

// outside, shifted by a part, marks a path that begins above the task's root.
const outside = 1 << 4

// The ABIs of a system call.
const (
	Native = iota
	Compat // i386 on amd64, arm on arm64
	X32
)

// A Name is one that a system call looked up.
type Name struct {
	Path string // as it was given
	// Dir is the path of the folder that a relative name starts at, from the
	// root of the mount namespace; "" where the name is absolute or the folder is
	// not known.
	Dir string
}

// An Event is what a task did.
type Event struct {
	Kind  Kind
	ABI   uint8
	Flags Flags
	PID   int // of the process, in the outermost pid namespace
	TID   int
	NR    int // number of the system call in its ABI, or IORING_OP_*
	// Result is what the call returned, a negative errno when it failed.
	Result int64
	Args   [6]uint64
	// Child and ChildTID are the new task of a Fork. Of an Exec, ChildTID is
	// the task that called it, which has TID from then on.
	Child, ChildTID int
	MountNS         uint32 // inode number of the mount namespace
	// Names are those of the call. Of an Exec, the first is what was asked
	// for and the second the file in whose name the kernel did it: the last
	// interpreter of a script.
	Names [2]Name
	// Object is the path of the descriptor or folder that the call returned,
	// was given, or moved to; of an Exec that of the program. It starts at the
	// root of the mount namespace.
	Object string
	// Root is the path of the task's root from that of its mount namespace;
	// "" where they are the same.
	Root   string
	Struct []byte // what a call passed by reference, see [Spec]
}

// The parts behind an event's head, as in probe.bpf.c.
const (
	partPath = iota
	partDir
	partPath2
	partDir2
	partObject
	partRoot
	partStruct
	parts
)

const headSize = 8 + 4*2 + 8 + 6*8 + 3*4 + parts*4

// decode reads an event from a record of the ring buffer. It keeps nothing of
// the record.
func decode(record []byte) (*Event, error) {
	if len(record) < headSize {
		return nil, fmt.Errorf("read event: %d bytes are too few", len(record))
	}
	le := binary.LittleEndian
	e := &Event{
		Kind: Kind(record[0]), ABI: record[1], Flags: Flags(le.Uint16(record[2:])),
		PID: int(le.Uint32(record[4:])), TID: int(le.Uint32(record[8:])), NR: int(int32(le.Uint32(record[12:]))),
		Result: int64(le.Uint64(record[16:])),
		Child:  int(le.Uint32(record[72:])), ChildTID: int(le.Uint32(record[76:])), MountNS: le.Uint32(record[80:]),
	}
	for i := range e.Args {
		e.Args[i] = le.Uint64(record[24+8*i:])
	}
	return e, e.readParts(record[84:headSize], record[headSize:])
}

// readParts cuts data into the parts whose sizes are given.
func (e *Event) readParts(sizes, data []byte) error {
	var part [parts][]byte
	for i := range part {
		n := int(binary.LittleEndian.Uint32(sizes[4*i:]))
		if n > len(data) {
			return fmt.Errorf("read event: part %d of %d bytes exceeds the record", i, n)
		}
		part[i], data = data[:n], data[n:]
	}
	e.Root = climbed(part[partRoot])
	e.Names[0] = Name{text(part[partPath]), e.below(partDir, part[partDir])}
	e.Names[1] = Name{text(part[partPath2]), e.below(partDir2, part[partDir2])}
	e.Object = e.below(partObject, part[partObject])
	e.Struct = slices.Clone(part[partStruct])
	return nil
}

// text returns a part that is a string, or a structure, without its final NUL.
func text(part []byte) string {
	return strings.TrimSuffix(string(part), "\x00")
}

// below returns the path in a part, from the root of the mount namespace.
func (e *Event) below(i int, part []byte) string {
	path := climbed(part)
	if path == "" || e.Root == "" || e.Flags&(outside<<i) != 0 {
		return path
	}
	if path == "/" {
		return e.Root
	}
	return strings.TrimSuffix(e.Root, "/") + path
}

// climbed returns the path whose names are in a part, the last one first, each
// ended by a NUL, and an empty one at the end.
func climbed(part []byte) string {
	if len(part) == 0 {
		return ""
	}
	names := strings.Split(strings.TrimSuffix(string(part), "\x00"), "\x00")
	slices.Reverse(names)
	if len(names) == 1 {
		return "/"
	}
	return strings.Join(names, "/")
}
