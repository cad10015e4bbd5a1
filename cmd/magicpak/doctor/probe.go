package doctor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// probeFailed is the status of a child whose probe the kernel refused.
const probeFailed = 99

// A refusal is a system call that failed.
type refusal struct {
	op    string
	errno unix.Errno
}

func (r *refusal) Error() string { return r.op + ": " + r.errno.Error() }

// refused wraps the error of a system call, nil for nil.
func refused(op string, err error) error {
	var errno unix.Errno
	if err == nil || !errors.As(err, &errno) {
		return err
	}
	return &refusal{op, errno}
}

var probes = map[string]func() error{
	"nothing": func() error { return nil },
	"chroot":  func() error { return refused("chroot", unix.Chroot("/")) },
	"mount":   probeMount,
	"overlay": probeOverlay,
	"seccomp": func() error { return probeFilter(0) },
	"notify":  func() error { return probeFilter(unix.SECCOMP_FILTER_FLAG_NEW_LISTENER) },
}

// Probe is what a child does: it tries the thing called name, prints to out what
// was refused, and returns the status to exit with.
func Probe(name string, out io.Writer) int {
	probe := probes[name]
	if probe == nil {
		return 2
	}
	err := probe()
	var r *refusal
	switch {
	case errors.As(err, &r):
		fmt.Fprintf(out, "%s %d\n", r.op, int(r.errno))
		return probeFailed
	case err != nil:
		fmt.Fprintln(out, err)
		return 1
	}
	return 0
}

// probeMount mounts what a test's jail has, in a namespace that ends with this
// process.
func probeMount() error {
	if err := ownMounts(); err != nil {
		return err
	}
	return refused("mount-proc", unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""))
}

// ownMounts keeps mounts from reaching other namespaces.
func ownMounts() error {
	return refused("mount-private", unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
}

// probeOverlay mounts an overlay of folders that are in memory only.
func probeOverlay() error {
	if err := ownMounts(); err != nil {
		return err
	}
	dir := os.TempDir()
	if err := refused("mount-tmpfs", unix.Mount("tmpfs", dir, "tmpfs", 0, "")); err != nil {
		return err
	}
	for _, name := range []string{"lower", "upper", "work", "all"} {
		if err := refused("mkdir", os.Mkdir(filepath.Join(dir, name), 0o755)); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", dir)
	return refused("mount-overlay", unix.Mount("overlay", filepath.Join(dir, "all"), "overlay", 0, options))
}

// probeFilter installs a filter that permits everything (seccomp(2)).
func probeFilter(flags uintptr) error {
	if err := refused("no_new_privs", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); err != nil {
		return err
	}
	filter := [...]unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return &refusal{"seccomp", errno}
	}
	return nil
}
