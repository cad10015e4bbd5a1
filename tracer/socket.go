package tracer

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// connect takes connect and sendto.
func (r *recorder) connect(e *event) verdict {
	if a := r.socket(e, e.args[e.call.path], e.args[e.call.path+1]); a != nil {
		r.seen(e.t, Connect, a)
	}
	return goOn
}

// bind takes the call of that name, which makes a socket's file.
func (r *recorder) bind(e *event) verdict {
	r.binds(e, r.socket(e, e.args[e.call.path], e.args[e.call.path+1]))
	return goOn
}

func (r *recorder) binds(e *event, a *result) {
	if a == nil {
		return
	}
	errno := making(a)
	if errno == unix.EEXIST {
		errno = unix.EADDRINUSE
	}
	if errno == 0 {
		r.creates(e.t, a)
	}
	r.note(e.t, Create, a, errno)
}

// socket looks up the path in an address, if it is one of AF_UNIX.
func (r *recorder) socket(e *event, addr, size uint64) *result {
	var raw [unix.SizeofSockaddrUnix]byte
	n := min(int(uint32(size)), len(raw))
	if n <= 2 || r.mem.read(e.t, addr, raw[:n]) != nil {
		return nil
	}
	if binary.NativeEndian.Uint16(raw[:]) != unix.AF_UNIX || raw[2] == 0 {
		return nil // another family, no name, or an abstract one
	}
	name, _, _ := bytes.Cut(raw[2:n], []byte{0})
	r.refresh(e.t)
	from := r.workingDir(e.t)
	if from == nil {
		return nil
	}
	return r.resolve(e.t, from, name, how{call: e.call, follow: true})
}

// The calls behind socketcall(2) (include/uapi/linux/net.h).
const (
	sysBind    = 2
	sysConnect = 3
	sysSendto  = 11
)

// socketcall takes the one way to sockets that old 32-bit programs have. The
// arguments are in memory.
func (r *recorder) socketcall(e *event) verdict {
	var raw [24]byte
	if r.mem.read(e.t, e.args[1], raw[:]) != nil {
		return goOn
	}
	arg := func(i int) uint64 { return uint64(binary.NativeEndian.Uint32(raw[4*i:])) }
	switch e.args[0] {
	case sysBind:
		r.binds(e, r.socket(e, arg(1), arg(2)))
	case sysConnect:
		if a := r.socket(e, arg(1), arg(2)); a != nil {
			r.seen(e.t, Connect, a)
		}
	case sysSendto:
		if a := r.socket(e, arg(4), arg(5)); a != nil {
			r.seen(e.t, Connect, a)
		}
	}
	return goOn
}
