package tester

import (
	"crypto/rand"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// devices are those of a container (the OCI runtime specification's default
// devices), by their numbers in Documentation/admin-guide/devices.txt.
var devices = []struct {
	name         string
	major, minor uint32
}{
	{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0},
}

// devLinks are the links of a container's /dev.
var devLinks = [][2]string{
	{"/proc/self/fd", "/dev/fd"},
	{"/proc/self/fd/0", "/dev/stdin"},
	{"/proc/self/fd/1", "/dev/stdout"},
	{"/proc/self/fd/2", "/dev/stderr"},
	{"pts/ptmx", "/dev/ptmx"},
}

// mountDev mounts a /dev with the devices of a container.
func (j *jailer) mountDev() {
	err := mountAt("/dev", 0o755, fresh("tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "mode=755"))
	if err != nil {
		j.limit("/dev is that of the bundle", err)
		return
	}
	for _, d := range devices {
		j.limit("/dev/"+d.name+" is not there", j.device(d.name, unix.Mkdev(d.major, d.minor)))
	}
	for _, l := range devLinks {
		j.limit(l[1]+" is not there", os.Symlink(l[0], l[1]))
	}
	j.limit("/dev/shm is not there", mountAt("/dev/shm", 0o755, fresh("tmpfs", hardened, "mode=1777")))
	j.limit("/dev/pts is not there", mountAt("/dev/pts", 0o755, fresh("devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620")))
}

// device makes a device, or binds this machine's where mknod(2) is refused, as
// in a user namespace. The working directory is this machine's root.
func (j *jailer) device(name string, number uint64) error {
	file := "/dev/" + name
	if j.Isolation == Namespaces && unix.Mknod(file, unix.S_IFCHR|0o666, int(number)) == nil {
		return unix.Chmod(file, 0o666)
	}
	if err := writeNew(file, ""); err != nil {
		return err
	}
	return bind("dev/" + name)(file)
}

// makeDev makes devices in the directory itself.
func (j *jailer) makeDev() {
	if err := mkdir("/dev", 0o755); err != nil {
		j.limit("/dev is that of the bundle", err)
		return
	}
	for _, d := range devices {
		err := unix.Mknod("/dev/"+d.name, unix.S_IFCHR|0o666, int(unix.Mkdev(d.major, d.minor)))
		if err == unix.EEXIST {
			err = nil
		}
		if err == nil {
			err = unix.Chmod("/dev/"+d.name, 0o666)
		}
		if opened := opens("/dev/" + d.name); err == nil && d.name != "tty" && opened != nil {
			err = standIn("/dev/"+d.name, d.name)
			j.limit("/dev/"+d.name+" is a stand-in, a file: devices are refused on this file system", opened)
		}
		j.limit("/dev/"+d.name+" is not there", err)
	}
	if err := mkdir("/dev/shm", 0o1777); err == nil {
		unix.Chmod("/dev/shm", 0o1777)
	}
}

// opens tells whether a device can be opened: not on a file system that is
// mounted nodev (mount(8)), as FUSE file systems are for builders without root.
func opens(file string) error {
	fd, err := unix.Open(file, unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// standInSize is how much a stand-in yields where a device has no end.
const standInSize = 1 << 20

// standIn puts a file in a device's place that does for a short test: writing to
// null goes nowhere that matters, random yields what differs each time.
func standIn(file, name string) error {
	if err := unix.Unlink(file); err != nil {
		return err
	}
	content := make([]byte, standInSize)
	switch name {
	case "null", "full":
		content = nil
	case "random", "urandom":
		rand.Read(content)
	}
	if err := os.WriteFile(file, content, 0o666); err != nil {
		return err
	}
	return os.Chmod(file, 0o666)
}

// mkdir makes a folder unless it is there.
func mkdir(dir string, perm uint32) error {
	if err := unix.Mkdir(dir, perm); err != nil && err != unix.EEXIST {
		return err
	}
	return nil
}

func itoa(n int) string { return strconv.Itoa(n) }
