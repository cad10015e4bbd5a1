package doctor

import (
	"debug/elf"
	"fmt"
	"math/bits"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

func uname() (release, machine string) {
	var u unix.Utsname
	if unix.Uname(&u) != nil {
		return "?", runtime.GOARCH
	}
	return unix.ByteSliceToString(u.Release[:]), unix.ByteSliceToString(u.Machine[:])
}

// release returns the kernel's version.
func release() (major, minor int) {
	text, _ := uname()
	fmt.Sscanf(text, "%d.%d", &major, &minor)
	return major, minor
}

func kernel(*Tools) (State, string) {
	release, machine := uname()
	return Fact, fmt.Sprintf("Linux %s on %s", release, machine)
}

// machines are the ELF machines of the architectures that magicpak is built for.
var machines = map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}

// emulation tells whether this process is run by qemu-user. That answers for
// /proc/self/exe with the program's name, but not for the thread's.
func emulation(*Tools) (State, string) {
	f, err := elf.Open(fmt.Sprintf("/proc/self/task/%d/exe", os.Getpid()))
	if err != nil {
		return Fact, "unknown: " + err.Error()
	}
	defer f.Close()
	if want, known := machines[runtime.GOARCH]; known && f.Machine != want {
		return Missing, fmt.Sprintf("this program for %s is run by an emulator for %s", runtime.GOARCH, f.Machine)
	}
	return Works, "none: " + runtime.GOARCH + " runs on its own kind of processor"
}

// procStatus returns fields of /proc/self/status.
func procStatus() map[string]string {
	fields := map[string]string{}
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fields
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields
}

func capabilities(field string) uint64 {
	n, err := strconv.ParseUint(procStatus()[field], 16, 64)
	if err != nil {
		return 0
	}
	return n
}

// wanted are the capabilities that magicpak can make use of.
var wanted = []struct {
	name string
	bit  uint
}{
	{"CHOWN", unix.CAP_CHOWN},
	{"DAC_OVERRIDE", unix.CAP_DAC_OVERRIDE},
	{"FOWNER", unix.CAP_FOWNER},
	{"FSETID", unix.CAP_FSETID},
	{"MKNOD", unix.CAP_MKNOD},
	{"SETFCAP", unix.CAP_SETFCAP},
	{"SYS_CHROOT", unix.CAP_SYS_CHROOT},
}

// privileges tells who runs this, and which capabilities for writing and tests
// are not there.
func privileges(*Tools) (State, string) {
	effective := capabilities("CapEff")
	var absent []string
	for _, c := range wanted {
		if effective>>c.bit&1 == 0 {
			absent = append(absent, c.name)
		}
	}
	text := fmt.Sprintf("uid %d, gid %d, %d capabilities", os.Geteuid(), os.Getegid(), bits.OnesCount64(effective))
	if inUserNamespace() {
		text += ", in a user namespace"
	}
	if len(absent) == 0 {
		return Works, text
	}
	return Limited, text + ", without CAP_" + strings.Join(absent, ", CAP_")
}

// inUserNamespace tells whether user IDs are mapped (user_namespaces(7)).
func inUserNamespace() bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && !slices.Equal(strings.Fields(string(text)), []string{"0", "0", "4294967295"})
}

// confinements are traces that container engines leave.
var confinements = []struct{ file, text string }{
	{"/.dockerenv", "/.dockerenv is there: a Docker container, or made from one"},
	{"/run/.containerenv", "/run/.containerenv is there: a Podman container"},
	{"/var/run/secrets/kubernetes.io", "a Kubernetes pod"},
}

// dockerDefault is the bounding set of Docker's containers and RUN steps.
const dockerDefault = 0xa80425fb

// confinement tells what holds this process: a seccomp profile, fewer
// capabilities, an LSM's profile.
func confinement(*Tools) (State, string) {
	var facts []string
	status := procStatus()
	switch status["Seccomp"] {
	case "1", "2":
		facts = append(facts, "a seccomp filter is in force")
	case "0":
		facts = append(facts, "no seccomp filter")
	}
	if status["NoNewPrivs"] == "1" {
		facts = append(facts, "no_new_privs is set: programs with set-user-ID bits gain nothing")
	}
	if capabilities("CapBnd") == dockerDefault {
		facts = append(facts, "capabilities as in docker build and docker run")
	}
	if profile, err := os.ReadFile("/proc/self/attr/current"); err == nil && len(profile) > 0 {
		facts = append(facts, "security profile "+strings.Trim(string(profile), "\x00\n"))
	}
	for _, c := range confinements {
		if _, err := os.Stat(c.file); err == nil {
			facts = append(facts, c.text)
		}
	}
	return Fact, strings.Join(facts, "; ")
}
