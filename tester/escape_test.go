package tester

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// escapeName makes this program, as the command of a test, try to get out.
const escapeName = "escape"

// An outside is what the jail must keep from the test.
type outside struct {
	secret string // path of a file
	pid    int    // of a process
	disk   uint64 // device number of the file system that the file is on
}

// escapes are ways out of a jail. Each returns nil when it worked.
var escapes = []struct {
	name string
	try  func(o outside) error
}{
	{"chroot twice", func(o outside) error {
		os.Mkdir("/deep", 0o755)
		if err := unix.Chroot("/deep"); err != nil {
			return err
		}
		for range 30 {
			unix.Chdir("..")
		}
		if err := unix.Chroot("."); err != nil {
			return err
		}
		return read(o.secret)
	}},
	{"dot dot", func(o outside) error { return read(strings.Repeat("/..", 30) + o.secret) }},
	{"an open descriptor", func(o outside) error {
		return firstOf(3, 256, func(n int) error {
			fd, err := unix.Openat(n, strings.Repeat("../", 30)+o.secret, unix.O_RDONLY, 0)
			return readFD(fd, err)
		})
	}},
	{"the root of another process", func(o outside) error {
		return firstOf(1, 40, func(n int) error { return read(fmt.Sprintf("/proc/%d/root%s", n, o.secret)) })
	}},
	{"the root of the process outside", func(o outside) error { return read(fmt.Sprintf("/proc/%d/root%s", o.pid, o.secret)) }},
	{"ptrace", func(o outside) error { return unix.PtraceAttach(o.pid) }},
	{"a signal", func(o outside) error { return unix.Kill(o.pid, 0) }},
	{"the disk's device", func(o outside) error { return readDevice(unix.S_IFBLK, o.disk) }},
	{"the memory's device", func(outside) error { return readDevice(unix.S_IFCHR, unix.Mkdev(1, 1)) }},
	{"a mount of the disk", func(o outside) error {
		os.Mkdir("/mnt", 0o755)
		unix.Mknod("/disk", unix.S_IFBLK|0o600, int(o.disk))
		return firstOf(0, 2, func(n int) error {
			return unix.Mount("/disk", "/mnt", []string{"ext4", "btrfs", "xfs"}[n], unix.MS_RDONLY, "")
		})
	}},
	{"no root at all", func(o outside) error {
		if err := unix.Unmount("/", unix.MNT_DETACH); err != nil {
			return err
		}
		unix.Chdir("/")
		return read(o.secret)
	}},
	{"another's mount namespace", func(o outside) error {
		return firstOf(1, 40, func(n int) error {
			fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/mnt", n), unix.O_RDONLY, 0)
			if err != nil {
				return err
			}
			if err := unix.Setns(fd, unix.CLONE_NEWNS); err != nil {
				return err
			}
			return read(o.secret)
		})
	}},
	{"a user namespace of its own", func(o outside) error {
		return firstOf(0, 2, func(n int) error {
			way := []string{"chroot twice", "no root at all"}[n]
			cmd := &exec.Cmd{Path: "/bin/escape", Args: []string{escapeName, way, o.secret, strconv.Itoa(o.pid), "0"}}
			cmd.SysProcAttr = &syscall.SysProcAttr{
				Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			}
			out, err := cmd.Output()
			if err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}},
	{"a file handle", func(outside) error {
		// The root of most file systems is inode 2.
		handle := unix.NewFileHandle(1, binary.NativeEndian.AppendUint64(nil, 2))
		dir, err := unix.Open("/bin", unix.O_RDONLY, 0)
		if err != nil {
			return err
		}
		fd, err := unix.OpenByHandleAt(dir, handle, unix.O_RDONLY)
		if err != nil {
			return err
		}
		return unix.Close(fd)
	}},
	{"the kernel's settings", func(outside) error {
		f, err := os.OpenFile("/proc/sys/kernel/core_pattern", os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}},
	{"a kernel module", func(outside) error {
		_, _, errno := unix.Syscall(unix.SYS_INIT_MODULE, uintptr(unsafe.Pointer(&[]byte{0}[0])), 1, uintptr(unsafe.Pointer(&[]byte{0}[0])))
		if errno == unix.ENOEXEC { // permitted, but no module
			return nil
		}
		return errno
	}},
	{"the terminal", func(outside) error {
		f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return f.Close()
	}},
}

func read(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY, 0)
	return readFD(fd, err)
}

func readFD(fd int, err error) error {
	if err == nil {
		unix.Close(fd)
	}
	return err
}

// readDevice makes a device and reads from it.
func readDevice(kind uint32, number uint64) error {
	return firstOf(0, 2, func(n int) error {
		file := []string{"/device", "/dev/device"}[n]
		if err := unix.Mknod(file, kind|0o600, int(number)); err != nil {
			return err
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = io.ReadFull(f, make([]byte, 512))
		return err
	})
}

// firstOf tries f from a up to before b, and returns nil once it worked.
func firstOf(a, b int, f func(int) error) (err error) {
	for n := a; n < b; n++ {
		if err = f(n); err == nil {
			return nil
		}
	}
	return err
}

// escape is the command of the test.
func escape(args []string) int {
	pid, err := strconv.Atoi(args[2])
	disk, err2 := strconv.ParseUint(args[3], 10, 64)
	if err := errors.Join(err, err2); err != nil {
		fmt.Println(err)
		return 2
	}
	for _, e := range escapes {
		if e.name == args[0] {
			err = e.try(outside{args[1], pid, disk})
		}
	}
	if err == nil {
		fmt.Println("out")
		return 0
	}
	fmt.Println(err)
	return 1
}

// No way out of a jail works, also for root.
func TestEscapes(t *testing.T) {
	for _, w := range []way{{Namespaces, true}, {UserNamespace, true}, {Namespaces, false}, {Chroot, false}} {
		t.Run(fmt.Sprint(w), func(t *testing.T) { escapeFrom(t, w) })
	}
}

func escapeFrom(t *testing.T, w way) {
	root := t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "bin"), 0o755))
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "bin/escape"), self, 0o755))
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("secret"), 0o644))
	var st unix.Stat_t
	must(t, unix.Stat(secret, &st))
	for _, e := range escapes {
		c := Case{
			Root: root, Path: "/bin/escape", Timeout: time.Minute,
			Args: []string{escapeName, e.name, secret, strconv.Itoa(os.Getpid()), strconv.FormatUint(st.Dev, 10)},
		}
		j, err := c.prepare(t.TempDir(), []way{w})
		must(t, err)
		var out, stderr Output
		must(t, j.Run(t.Context(), Stdio{In: bytes.NewReader(nil), Out: &out, Err: &stderr}))
		r, err := j.Finish()
		must(t, err)
		text, _ := out.Bytes()
		if r.Status != 1 {
			t.Errorf("%s: status %d: %s", e.name, r.Status, text)
		}
		t.Logf("%s: %s", e.name, text)
	}
}
