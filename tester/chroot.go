package tester

import (
	"errors"

	"golang.org/x/sys/unix"
)

var errMount = errors.New("mounting is refused here")

// enterChroot changes the root directory and provides what needs no mount.
func (j *jailer) enterChroot() error {
	if err := unix.Chroot(j.Root); err != nil {
		return step("chroot", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return step("enter /", err)
	}
	if j.Probe {
		return nil
	}
	unix.Umask(0)
	j.makeDev()
	j.provideEtc(false)
	if err := unix.Access("/proc/self", unix.F_OK); err != nil {
		j.limit("/proc is not there", errMount)
	}
	return nil
}
