package tester

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// landlockFS are the rights over files by the version of Landlock that brought
// them (landlock(7)). Version 1 is not used: it forbids every move to another
// folder.
var landlockFS = []struct {
	version int
	rights  uint64
}{
	{2, 1<<14 - 1}, // up to LANDLOCK_ACCESS_FS_REFER
	{3, unix.LANDLOCK_ACCESS_FS_TRUNCATE},
	{5, unix.LANDLOCK_ACCESS_FS_IOCTL_DEV},
}

// landlock keeps a bare chroot's processes to files below their root, and their
// signals among themselves, as far as the kernel can.
func (j *jailer) landlock() error {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 || version < 2 {
		return nil
	}
	var attr unix.LandlockRulesetAttr
	for _, l := range landlockFS {
		if int(version) >= l.version {
			attr.Handled_access_fs |= l.rights
		}
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return step("make a Landlock ruleset", errno)
	}
	defer unix.Close(int(fd))
	if err := j.allow(int(fd), attr.Handled_access_fs); err != nil {
		return err
	}
	_, _, errno = unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0)
	if errno != 0 {
		return step("restrict by Landlock", errno)
	}
	return nil
}

// allow permits all below the root, and the shell from outside.
func (j *jailer) allow(ruleset int, rights uint64) error {
	root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return step("open /", err)
	}
	defer unix.Close(root)
	if err := allowBeneath(ruleset, root, rights); err != nil || j.shell < 0 {
		return err
	}
	return allowBeneath(ruleset, j.shell, unix.LANDLOCK_ACCESS_FS_EXECUTE|unix.LANDLOCK_ACCESS_FS_READ_FILE)
}

func allowBeneath(ruleset, parent int, rights uint64) error {
	rule := unix.LandlockPathBeneathAttr{Allowed_access: rights, Parent_fd: int32(parent)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return step("add a Landlock rule", errno)
	}
	return nil
}
