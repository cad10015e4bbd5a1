package tracer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A listener is the descriptor by which the kernel hands over the system calls
// that a filter notices (seccomp_unotify(2)).
type listener struct{ file *os.File }

// A notification is struct seccomp_notif of include/uapi/linux/seccomp.h: a
// task stands before a system call.
type notification struct {
	id    uint64
	tid   uint32
	flags uint32
	nr    int32
	arch  uint32
	ip    uint64
	args  [6]uint64
}

// A reply is struct seccomp_notif_resp.
type reply struct {
	id    uint64
	value int64
	errno int32
	flags uint32
}

const (
	notifContinue = 1 // SECCOMP_USER_NOTIF_FLAG_CONTINUE, Linux 5.5
	notifSyncWake = 1 // SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, Linux 6.6
)

func (l listener) ioctl(request uint, arg uintptr) unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, l.file.Fd(), uintptr(request), arg)
	return errno
}

// receive takes the next notification. It does not wait when poll has told that
// there is one, unless the task was killed since.
func (l listener) receive(n *notification) unix.Errno {
	*n = notification{} // the kernel demands zeros
	return l.ioctl(unix.SECCOMP_IOCTL_NOTIF_RECV, uintptr(unsafe.Pointer(n)))
}

// goOn lets the kernel do the call that a task stands before.
func (l listener) goOn(id uint64) { l.reply(&reply{id: id, flags: notifContinue}) }

// refuse lets the call fail, or return 0 where errno is 0, without being made.
func (l listener) refuse(id uint64, errno unix.Errno) { l.reply(&reply{id: id, errno: -int32(errno)}) }

// reply answers a notification. That the task was killed meanwhile is no error.
func (l listener) reply(r *reply) {
	_ = l.ioctl(unix.SECCOMP_IOCTL_NOTIF_SEND, uintptr(unsafe.Pointer(r)))
	runtime.KeepAlive(r)
}

// valid tells whether the task still stands before the call: if not, what was
// read by its number may be another task's.
func (l listener) valid(id uint64) bool {
	return l.ioctl(unix.SECCOMP_IOCTL_NOTIF_ID_VALID, uintptr(unsafe.Pointer(&id))) == 0
}

// wakeAtOnce lets task and listener hand over one CPU to each other, which is
// five times faster than waking another one. Kernels before 6.6 wake another.
func (l listener) wakeAtOnce() { _ = l.ioctl(unix.SECCOMP_IOCTL_NOTIF_SET_FLAGS, notifSyncWake) }

// wait waits for a notification. It returns false when no task is left that
// could send one. As most come soon, the runtime is not told of the wait at
// first (see the function of that name).
func (l listener) wait() (bool, error) {
	fds := []unix.PollFd{{Fd: int32(l.file.Fd()), Events: unix.POLLIN}}
	err := error(unix.EINTR)
	if interruptible {
		if _, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&fds[0])), 1, 0, 0, 0, 0); errno != unix.EINTR {
			err = nil
		}
	}
	for err == unix.EINTR {
		_, err = unix.Poll(fds, -1)
	}
	if err != nil {
		return false, fmt.Errorf("wait for system calls: %w", err)
	}
	return fds[0].Revents&unix.POLLIN != 0, nil
}

// sendFile sends a descriptor through a socket, with a number of a process.
func sendFile(socket, fd, pid int) error {
	return unix.Sendmsg(socket, binary.NativeEndian.AppendUint32(nil, uint32(pid)), unix.UnixRights(fd), nil, 0)
}

var errNoFile = errors.New("no descriptor came through the socket")

// receiveFile takes from a socket what sendFile sent.
func receiveFile(socket int, name string) (file *os.File, pid int, err error) {
	var data [4]byte
	oob := make([]byte, unix.CmsgSpace(4))
	var n, used int
	for err = unix.EINTR; err == unix.EINTR; {
		n, used, _, _, err = unix.Recvmsg(socket, data[:], oob, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil || n < len(data) {
		return nil, 0, errors.Join(errNoFile, err)
	}
	fd, err := onlyRight(oob[:used])
	if err != nil {
		return nil, 0, errors.Join(errNoFile, err)
	}
	return os.NewFile(uintptr(fd), name), int(binary.NativeEndian.Uint32(data[:])), nil
}

// onlyRight returns the descriptor in a control message that holds one.
func onlyRight(oob []byte) (fd int, err error) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		return -1, err
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, err
	}
	return fds[0], nil
}
