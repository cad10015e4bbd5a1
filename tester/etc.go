package tester

import (
	"errors"
	"maps"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// provideEtc writes the files that a container runtime provides. With replace
// they take the place of those of the bundle, as the runtime's do; without, the
// bundle's stay, since it is the bundle that would be written to.
func (j *jailer) provideEtc(replace bool) {
	if err := mkdir("/etc", 0o755); err != nil {
		j.limit("/etc/resolv.conf, /etc/hosts and /etc/hostname are those of the bundle", err)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(j.Files)) {
		file := "/etc/" + name
		if replace {
			os.Remove(file)
		}
		j.limit(file+" is that of the bundle", writeNew(file, j.Files[name]))
	}
}

// writeNew writes a file unless it is there.
func writeNew(file, content string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return errors.Unwrap(err)
	}
	_, err = f.WriteString(content)
	return errors.Join(err, f.Close())
}

// loopbackUp sets the loopback interface up (netdevice(7)).
func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(s)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, ifr)
}
