package tester

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// enterNamespaces makes the root file system of the processes in namespaces of
// their own (mount_namespaces(7), pivot_root(2)).
func (j *jailer) enterNamespaces() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return step("make mounts private", err)
	}
	root, err := j.mountRoot()
	if err != nil {
		return err
	}
	if err := pivot(root); err != nil {
		return err
	}
	// The working directory is the old root now, so that a relative path leads
	// there and an absolute one into the new root.
	j.mountProc()
	j.mountSys()
	j.mountDev()
	j.provideEtc(j.Scratch)
	j.limit("the host name is that of this machine", unix.Sethostname([]byte(hostName)))
	j.limit("the loopback interface is down", loopbackUp())
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return step("unmount the old root", err)
	}
	return step("enter /", unix.Chdir("/"))
}

// mountRoot returns where the test's root is mounted: an overlay of the bundle
// whose upper layer is in memory, or the bundle itself.
func (j *jailer) mountRoot() (string, error) {
	if !j.Scratch {
		return j.Root, step("bind the bundle", unix.Mount(j.Root, j.Root, "", unix.MS_BIND|unix.MS_REC, ""))
	}
	// Names of the bundle may hold what mount options cannot, so it is named
	// by its descriptor, and the memory file system hides the place it is at.
	bundle, err := unix.Open(j.Root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", step("open the bundle", err)
	}
	place := j.workPlace()
	if err := unix.Mount("tmpfs", place, "tmpfs", 0, "mode=755"); err != nil {
		return "", step("mount tmpfs", err)
	}
	if err := enterMemory(place); err != nil {
		return "", step("enter the work folder", err)
	}
	for _, dir := range []string{"upper", "work", "root"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return "", step("make the work folder", err)
		}
	}
	return place + "/root", j.mountOverlay(bundle)
}

// workPlace returns a folder to mount a file system at. The root itself cannot
// be hidden: a path that begins there does not enter what is mounted on it.
func (j *jailer) workPlace() string {
	if j.Root != "/" {
		return j.Root
	}
	for _, dir := range []string{"/tmp", "/run", "/mnt", "/var"} {
		if info, err := os.Lstat(dir); err == nil && info.IsDir() {
			return dir
		}
	}
	return "/dev"
}

// enterMemory enters a folder that must be in memory, since files are made there.
func enterMemory(dir string) error {
	if err := unix.Chdir(dir); err != nil {
		return err
	}
	var st unix.Statfs_t
	if err := unix.Statfs(".", &st); err != nil {
		return err
	}
	if st.Type != unix.TMPFS_MAGIC {
		return unix.EXDEV
	}
	return nil
}

// mountOverlay mounts the overlay in the working directory. Without privilege
// its extended attributes must be those of users, where tmpfs has them
// (Linux 6.6).
func (j *jailer) mountOverlay(bundle int) error {
	lower := "lowerdir=/proc/self/fd/" + itoa(bundle)
	options := []string{lower + ",upperdir=upper,workdir=work"}
	if j.Isolation == UserNamespace {
		options = append([]string{options[0] + ",userxattr"}, options...)
	}
	var err error
	for _, o := range options {
		if err = unix.Mount("overlay", "root", "overlay", unix.MS_NODEV, o); err == nil {
			return nil
		}
	}
	return step("mount overlay", err)
}

// pivot makes root the root directory and leaves the working directory in the
// old one, which is mounted over the new one.
func pivot(root string) error {
	old, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return step("open /", err)
	}
	defer unix.Close(old)
	if err := unix.Chdir(root); err != nil {
		return step("enter the bundle", err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return step("pivot_root", err)
	}
	return step("enter the old root", unix.Fchdir(old))
}

// mountAt mounts at a folder that is made where it is not there.
func mountAt(dir string, perm os.FileMode, mounts ...func(dir string) error) error {
	if err := os.Mkdir(dir, perm); err != nil && !errors.Is(err, os.ErrExist) {
		return errors.Unwrap(err)
	}
	var err error
	for _, mount := range mounts {
		if err = mount(dir); err == nil {
			return nil
		}
	}
	return err
}

// fresh mounts a new file system.
func fresh(fstype string, flags uintptr, options string) func(string) error {
	return func(dir string) error { return unix.Mount(fstype, dir, fstype, flags, options) }
}

// bind mounts what this machine has at source.
func bind(source string) func(string) error {
	return func(dir string) error {
		return unix.Mount(path.Join(".", source), dir, "", unix.MS_BIND|unix.MS_REC, "")
	}
}

const hardened = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountProc mounts /proc. A container whose own /proc is masked may not mount
// a new one in a user namespace, but bind its own.
func (j *jailer) mountProc() {
	err := mountAt("/proc", 0o555, fresh("proc", hardened, ""), bind("proc"))
	if err != nil {
		j.limit("/proc is not there", err)
		return
	}
	for _, p := range kernelFiles {
		j.limit(p+" can be written", readOnly(p))
	}
}

// kernelFiles are what of /proc changes the whole machine. A container runtime
// makes it read-only, too.
var kernelFiles = []string{"/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"}

// readOnly makes what is below p read-only. What is not there needs nothing.
func readOnly(p string) error {
	err := unix.Mount(p, p, "", unix.MS_BIND|unix.MS_REC, "")
	if err == unix.ENOENT {
		return nil
	}
	if err == nil {
		err = unix.Mount("", p, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|hardened, "")
	}
	return err
}

func (j *jailer) mountSys() {
	j.limit("/sys is not there", mountAt("/sys", 0o555, fresh("sysfs", hardened|unix.MS_RDONLY, ""), bind("sys")))
}
