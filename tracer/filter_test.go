package tracer

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// judge runs a filter on one system call.
func judge(t *testing.T, code []unix.SockFilter, arch, nr uint32, args [6]uint64) uint32 {
	t.Helper()
	var data [64]byte
	binary.NativeEndian.PutUint32(data[dataNr:], nr)
	binary.NativeEndian.PutUint32(data[dataArch:], arch)
	for i, a := range args {
		binary.NativeEndian.PutUint64(data[dataArgs+8*i:], a)
	}
	var acc uint32
	for pc := 0; pc < len(code); pc++ {
		in := code[pc]
		taken := false
		switch in.Code {
		case unix.BPF_LD | unix.BPF_W | unix.BPF_ABS:
			acc = binary.NativeEndian.Uint32(data[in.K:])
			continue
		case unix.BPF_RET | unix.BPF_K:
			return in.K & seccompAction
		case unix.BPF_JMP | unix.BPF_JA:
			pc += int(in.K)
			continue
		case unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K:
			taken = acc == in.K
		case unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K:
			taken = acc > in.K
		case unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K:
			taken = acc&in.K != 0
		default:
			t.Fatalf("instruction %#x", in.Code)
		}
		if taken {
			pc += int(in.Jt)
		} else {
			pc += int(in.Jf)
		}
	}
	t.Fatal("the filter has no end")
	return 0
}

func TestFilterNoticesTheTable(t *testing.T) {
	code := seccompFilter(unix.SECCOMP_RET_TRACE, all)
	if len(code) > unix.BPF_MAXINSNS {
		t.Fatalf("%d instructions", len(code))
	}
	for _, a := range abis {
		for nr := range uint32(600) {
			c, known := a.call(uint64(nr))
			want := uint32(unix.SECCOMP_RET_ALLOW)
			if c != nil && c.when.empty() || !known || a.bit != 0 {
				want = unix.SECCOMP_RET_TRACE
			}
			if got := judge(t, code, a.arch, nr|a.bit, [6]uint64{}); got != want {
				t.Errorf("%s %d: %#x, want %#x", a.name, nr, got, want)
			}
		}
	}
	if got := judge(t, code, unix.AUDIT_ARCH_S390X, 3, [6]uint64{}); got != unix.SECCOMP_RET_TRACE {
		t.Errorf("another architecture: %#x", got)
	}
}

func TestFilterLooksAtArguments(t *testing.T) {
	code := seccompFilter(unix.SECCOMP_RET_TRACE, all)
	for _, c := range []struct {
		call   string
		args   [6]uint64
		notice bool
	}{
		{"sendto", [6]uint64{}, false},
		{"sendto", [6]uint64{4: 1}, true},
		{"sendto", [6]uint64{4: 1 << 40}, true},
		{"clone", [6]uint64{uint64(unix.SIGCHLD)}, false},
		{"clone", [6]uint64{unix.CLONE_UNTRACED}, true},
		{"clone", [6]uint64{unix.CLONE_NEWNS | uint64(unix.SIGCHLD)}, true},
		{"prctl", [6]uint64{unix.PR_SET_NAME}, false},
		{"prctl", [6]uint64{unix.PR_SET_SECCOMP}, true},
		{"prctl", [6]uint64{unix.PR_SET_DUMPABLE}, true},
		{"bpf", [6]uint64{0}, false},
		{"bpf", [6]uint64{bpfObjPin}, true},
		{"bpf", [6]uint64{bpfObjGet}, true},
		{"seccomp", [6]uint64{unix.SECCOMP_SET_MODE_FILTER}, true},
		{"seccomp", [6]uint64{unix.SECCOMP_GET_ACTION_AVAIL}, false},
	} {
		a := abis[0]
		got := judge(t, code, a.arch, uint32(callNamed(c.call).nr[a.column]), c.args)
		if (got == unix.SECCOMP_RET_TRACE) != c.notice {
			t.Errorf("%s%v: %#x", c.call, c.args, got)
		}
	}
}

func TestAlterationsAreNoticed(t *testing.T) {
	code := seccompFilter(unix.SECCOMP_RET_TRACE, alterations)
	for _, c := range []struct {
		call   string
		args   [6]uint64
		notice bool
	}{
		{"openat", [6]uint64{2: unix.O_RDONLY | unix.O_CLOEXEC}, false},
		{"openat", [6]uint64{2: unix.O_WRONLY}, true},
		{"openat", [6]uint64{2: unix.O_RDWR}, true},
		{"openat", [6]uint64{2: unix.O_RDONLY | unix.O_TRUNC}, true},
		{"open", [6]uint64{1: unix.O_CREAT}, true},
		{"openat2", [6]uint64{}, true},
		{"stat", [6]uint64{}, false},
		{"execve", [6]uint64{}, false},
		{"unlink", [6]uint64{}, true},
		{"rename", [6]uint64{}, true},
		{"chmod", [6]uint64{}, true},
		{"chdir", [6]uint64{}, true},
		{"mount", [6]uint64{}, true},
		{"io_uring_setup", [6]uint64{}, true},
	} {
		a := abis[0]
		got := judge(t, code, a.arch, uint32(callNamed(c.call).nr[a.column]), c.args)
		if (got == unix.SECCOMP_RET_TRACE) != c.notice {
			t.Errorf("%s%v: %#x", c.call, c.args, got)
		}
	}
}
