//go:build linux && amd64

package bpf

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// opens asks for the calls that the tests make, each in its own shape.
func opens() Options {
	name := func(dir, path int8) Spec {
		s := NoArguments
		s.Dir, s.Path = dir, path
		return s
	}
	open := name(0, 1)
	open.Result = true
	chdir := name(Cwd, 0)
	chdir.NewCwd = true
	list := NoArguments
	list.Object = 0
	rename := name(Cwd, 0)
	rename.Path2, rename.Dir2 = 1, Cwd
	connect := name(Absent, 1)
	connect.Address, connect.Size = true, 110
	openat2 := name(0, 1)
	openat2.Size, openat2.Result = 24, true
	return Options{Native: map[int]Spec{
		unix.SYS_OPENAT: open, unix.SYS_CHDIR: chdir, unix.SYS_GETDENTS64: list, unix.SYS_NEWFSTATAT: name(0, 1),
		unix.SYS_RENAME: rename, unix.SYS_CONNECT: connect, unix.SYS_OPENAT2: openat2, unix.SYS_CHROOT: name(Cwd, 0),
	}}
}

// watch runs a shell command and returns the events of it and its descendants.
func watch(t *testing.T, command string) []*Event {
	t.Helper()
	p, err := Open(opens())
	if errors.Is(err, ErrNotSupported) && os.Getuid() != 0 {
		t.Skip("needs CAP_BPF:", err)
	} else if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	cmd := exec.Command("sh", "-c", "read go; "+command)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := p.Follow(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(stdin, "go\n"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	var events []*Event
	for {
		e, err := p.Read(time.Now().Add(10 * time.Millisecond))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if e.Flags != 0 {
			t.Errorf("flags %d of %+v", e.Flags, e)
		}
		events = append(events, e)
	}
	if lost, err := p.Lost(); err != nil || lost.Any() {
		t.Errorf("lost: %v, %v", lost, err)
	}
	if !slices.ContainsFunc(events, func(e *Event) bool { return e.Kind == Exit && e.TID == cmd.Process.Pid }) {
		t.Error("the end of the shell was not seen")
	}
	return events
}

func find(t *testing.T, events []*Event, what string, is func(*Event) bool) *Event {
	t.Helper()
	i := slices.IndexFunc(events, is)
	if i < 0 {
		t.Fatalf("%s was not seen among %d events", what, len(events))
	}
	return events[i]
}

func TestDescendants(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	events := watch(t, "cd "+dir+" && (cat file nothing 2>/dev/null; true) && ls . >/dev/null && mv file other")
	cat := find(t, events, "exec of cat", func(e *Event) bool { return e.Kind == Exec && strings.HasSuffix(e.Names[0].Path, "/cat") })
	if cat.Object != "/usr/bin/cat" || cat.Names[0].Dir != dir {
		t.Errorf("exec: %+v", cat)
	}
	open := find(t, events, "open of file", func(e *Event) bool { return e.NR == unix.SYS_OPENAT && e.Names[0].Path == "file" })
	if open.Names[0].Dir != dir || open.Object != dir+"/file" || open.Result < 0 {
		t.Errorf("open: %+v", open)
	}
	vain := find(t, events, "open in vain", func(e *Event) bool { return e.NR == unix.SYS_OPENAT && e.Names[0].Path == "nothing" })
	if vain.Result != -int64(unix.ENOENT) || vain.Object != "" {
		t.Errorf("open: %+v", vain)
	}
	list := find(t, events, "listing", func(e *Event) bool { return e.NR == unix.SYS_GETDENTS64 })
	if list.Object != dir {
		t.Errorf("list: %+v", list)
	}
	find(t, events, "fork", func(e *Event) bool { return e.Kind == Fork && e.Child == cat.PID })
	cd := find(t, events, "chdir", func(e *Event) bool { return e.NR == unix.SYS_CHDIR && e.Kind == Call })
	if cd.Object != dir || cd.Names[0].Path != dir {
		t.Errorf("chdir: %+v", cd)
	}
}

func TestMountsAndRoots(t *testing.T) {
	dir := t.TempDir()
	events := watch(t, "cd /proc/sys && cat kernel/ostype >/dev/null; mkdir -p "+dir+"/bin && cp /bin/busybox "+dir+"/bin && chroot "+dir+" /bin/busybox cat /nothing 2>/dev/null || true")
	open := find(t, events, "open on proc", func(e *Event) bool { return e.Names[0].Path == "kernel/ostype" })
	if open.Object != "/proc/sys/kernel/ostype" || open.Names[0].Dir != "/proc/sys" {
		t.Errorf("open: %+v", open)
	}
	inside := find(t, events, "open in the chroot", func(e *Event) bool { return e.Names[0].Path == "/nothing" })
	if inside.Root != dir {
		t.Errorf("open in the chroot: %+v", inside)
	}
}

// uringSource opens files through io_uring alone: "f" from the working
// directory, "g" from a descriptor, by a worker of the kernel.
const uringSource = `#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void)
{
	struct io_uring_params p = {0};
	int ring = syscall(SYS_io_uring_setup, 2, &p), dir = open("/", O_PATH);
	if (ring < 0)
		return 1;
	char *sq = mmap(0, p.sq_off.array + 2 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	struct io_uring_sqe *sqe = mmap(0, 2 * sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	static struct open_how how;
	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe[0].opcode = IORING_OP_OPENAT;
	sqe[0].fd = AT_FDCWD;
	sqe[0].addr = (unsigned long)"f";
	sqe[1].opcode = IORING_OP_OPENAT2;
	sqe[1].fd = dir;
	sqe[1].addr = (unsigned long)"g";
	sqe[1].len = sizeof(how);
	sqe[1].off = (unsigned long)&how;
	sqe[1].flags = IOSQE_ASYNC;
	for (int i = 0; i < 2; i++)
		((unsigned *)(sq + p.sq_off.array))[i] = i;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 2, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, ring, 2, 2, IORING_ENTER_GETEVENTS, 0, 0) == 2 ? 0 : 2;
}`

func TestUring(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("gcc", "-x", "c", "-o", dir+"/uring", "-")
	cmd.Stdin = strings.NewReader(uringSource)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %s", out)
	}
	if disabled, _ := os.ReadFile("/proc/sys/kernel/io_uring_disabled"); string(disabled) == "2\n" {
		t.Skip("needs io_uring, which kernel.io_uring_disabled forbids")
	}
	events := watch(t, "cd "+dir+" && ./uring")
	for name, from := range map[string]string{"f": dir, "g": "/"} {
		e := find(t, events, "open of "+name, func(e *Event) bool { return e.Kind == Uring && e.Names[0].Path == name })
		if e.Names[0].Dir != from {
			t.Errorf("open of %s from %s, want %s", name, e.Names[0].Dir, from)
		}
	}
}

func TestClimbed(t *testing.T) {
	for part, want := range map[string]string{
		"": "", "\x00": "/", "bin\x00usr\x00\x00": "/usr/bin", "a\xff\x00\x00": "/a\xff",
	} {
		if got := climbed([]byte(part)); got != want {
			t.Errorf("climbed(%q) = %q, want %q", part, got, want)
		}
	}
}

func TestDecodeRefusesShortRecords(t *testing.T) {
	record := make([]byte, headSize)
	if _, err := decode(record); err != nil {
		t.Error(err)
	}
	record[headSize-4] = 1 // of the last part, which is not there
	if _, err := decode(record); err == nil {
		t.Error("a part beyond the record was read")
	}
	if _, err := decode(record[:headSize-1]); err == nil {
		t.Error("a short record was read")
	}
}
