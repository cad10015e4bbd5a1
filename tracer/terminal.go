package tracer

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The tracees are a process group of their own. One that reads from the
// terminal must be that terminal's foreground group, or it is stopped
// (credentials(7), SIGTTIN); the keys for signals then mean the tracees.

// foreground tells whether f is the terminal of which this process's group is
// the foreground.
func foreground(f *os.File) bool {
	group, err := unix.IoctlGetInt(int(f.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// takeTerminal makes group the foreground group of the terminal fd. A group in
// the background may do so only with SIGTTOU blocked (tcsetpgrp(3)). The calling
// thread must be locked.
func takeTerminal(fd, group int) {
	var blocked, was unix.Sigset_t
	const ttou = uint(unix.SIGTTOU - 1)
	bits := unsafe.Slice((*byte)(unsafe.Pointer(&blocked)), unsafe.Sizeof(blocked))
	bits[ttou/8] |= 1 << (ttou % 8)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &blocked, &was) != nil {
		return
	}
	_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, group)
	_ = unix.PthreadSigmask(unix.SIG_SETMASK, &was, nil)
}
