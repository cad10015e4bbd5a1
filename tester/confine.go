package tester

import (
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// containerCaps are what Docker leaves to root in a container, less CAP_MKNOD:
// there a device cgroup keeps root from the disks.
var containerCaps = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FSETID, unix.CAP_FOWNER, unix.CAP_NET_RAW,
	unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_SETFCAP, unix.CAP_SETPCAP, unix.CAP_NET_BIND_SERVICE,
	unix.CAP_SYS_CHROOT, unix.CAP_KILL, unix.CAP_AUDIT_WRITE,
}

// setupCaps are what the setup needs of a user namespace.
var setupCaps = []uintptr{
	unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP, unix.CAP_SETUID, unix.CAP_SETGID,
	unix.CAP_NET_ADMIN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER,
}

// confine takes from this thread, which must be locked and will execute the
// command, what a container would not have.
func (j *jailer) confine() error {
	unix.Umask(0o022)
	if err := setLimits(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return step("set no_new_privs", err)
	}
	if j.Isolation == Chroot {
		if err := j.landlock(); err != nil {
			return err
		}
	}
	if err := j.become(); err != nil {
		return err
	}
	// Changed credentials clear it (prctl(2)).
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return step("set the parent-death signal", err)
	}
	j.enterDir()
	return step("close descriptors", unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC))
}

// enterDir enters the working directory. As in a container it is made where it
// is not there, unless that would change the bundle.
func (j *jailer) enterDir() {
	if j.Dir == "" {
		return
	}
	if j.Scratch {
		os.MkdirAll(j.Dir, 0o755)
	}
	unix.Chdir(j.Dir)
}

// The limits of a test: no core files, and few enough processes and
// descriptors that a test which goes wild does not take the machine with it.
const (
	maxProcesses   = 4096
	maxDescriptors = 1024
)

func setLimits() error {
	for resource, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NPROC: maxProcesses, unix.RLIMIT_NOFILE: maxDescriptors} {
		var l unix.Rlimit
		if err := unix.Getrlimit(resource, &l); err != nil {
			return step("read a resource limit", err)
		}
		l.Cur = min(most, l.Max)
		if resource == unix.RLIMIT_CORE {
			l.Max = 0
		}
		if err := unix.Setrlimit(resource, &l); err != nil {
			return step("set a resource limit", err)
		}
	}
	return nil
}

// caps returns what the command may do as root.
func (j *jailer) caps() (set uint64) {
	for _, c := range containerCaps {
		// With it a bare chroot is left in two calls.
		if c != unix.CAP_SYS_CHROOT || j.Isolation != Chroot {
			set |= 1 << c
		}
	}
	return set
}

// become drops capabilities and takes on the user, for this thread alone.
func (j *jailer) become() error {
	for c := range uintptr(unix.CAP_LAST_CAP + 1) {
		if j.caps()&(1<<c) != 0 {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && err != unix.EINVAL {
			return step("drop a capability", err)
		}
	}
	if err := j.setIDs(); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return step("clear ambient capabilities", err)
	}
	set := j.caps()
	if j.User.UID != 0 {
		set = 0
	}
	return step("set capabilities", setCaps(set))
}

// setIDs uses system calls directly, because the wrappers would change all
// threads. Where only one user is mapped there are no groups to be left.
func (j *jailer) setIDs() error {
	_, _, errno := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0)
	if errno != 0 && j.Isolation != UserNamespace {
		return step("leave groups", errno)
	}
	gid, uid := uintptr(j.User.GID), uintptr(j.User.UID)
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESGID, gid, gid, gid); errno != 0 {
		return step("set the group", errno)
	}
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, uid, uid, uid); errno != 0 {
		return step("set the user", errno)
	}
	return nil
}

// setCaps makes set what this thread is permitted, as far as it was before.
func setCaps(set uint64) error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return err
	}
	for i := range data {
		half := uint32(set >> (32 * i))
		data[i].Permitted &= half
		data[i].Effective, data[i].Inheritable = data[i].Permitted, 0
	}
	return unix.Capset(&head, &data[0])
}

// execDescriptor executes the open file fd (execveat(2), AT_EMPTY_PATH).
func execDescriptor(fd int, args, env []string) error {
	empty, err := unix.BytePtrFromString("")
	if err != nil {
		return err
	}
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	envv, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, uintptr(fd), uintptr(unsafe.Pointer(empty)),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envv[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}
