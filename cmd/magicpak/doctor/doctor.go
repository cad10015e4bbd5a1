// Package doctor finds out what a machine permits.
//
// Each check tries the thing itself where that can be done: a flag in /proc says
// what the kernel has, but not what a container's seccomp profile, an LSM or an
// emulator refuses. What is tried is tried in a child, a new execution of this
// program, so that nothing of it is left: the child calls [Probe].
package doctor

// A State is how a check ended.
type State string

// The states.
const (
	Works   State = "ok"
	Limited State = "limited" // works in part, or differently
	Missing State = "missing"
	Fact    State = "info" // neither good nor bad
)

// A Finding is what a check found.
type Finding struct {
	Name   string `json:"name"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Lost   string `json:"lost,omitempty"`   // what is lost, where the state is not ok
	Remedy string `json:"remedy,omitempty"` // what can be done about it
}

// A check is one row of the table.
type check struct {
	name         string
	run          func(*Tools) (State, string)
	lost, remedy string
}

// Tools are the programs that magicpak calls, by path or name.
type Tools struct{ UPX, Busybox, CC string }

// runAs is the advice where a container's confinement is in the way.
const runAs = "in a container or build step: docker run --security-opt seccomp=unconfined, or RUN --security=insecure in a builder that permits it"

var checks = []check{
	{"kernel", kernel, "", ""},
	{"emulation", emulation, "ptrace, seccomp and BPF are not emulated, so --dynamic cannot observe anything", "run magicpak of the build platform with --root DIR on a root file system of the target's architecture"},
	{
		"privileges", privileges,
		"owners of files, device nodes or attributes may not be kept as they are",
		"run it as root, as a RUN step does",
	},
	{"confinement", confinement, "", ""},
	{
		"ptrace", ptrace,
		"the tracer that --dynamic takes by itself: --tracer notify or ebpf may still work, else only static analysis finds files",
		"set kernel.yama.ptrace_scope to 0 or 1; " + runAs,
	},
	{
		"seccomp filter", probed("seccomp"),
		"tracing stops at every system call, and is slower by far",
		"a kernel with CONFIG_SECCOMP_FILTER; " + runAs,
	},
	{
		"seccomp notify", probed("notify"),
		"the tracer that also sees programs which trace others (--tracer notify)",
		"Linux 5.5 or later; in Docker a profile that permits seccomp(2)",
	},
	{
		"bpf", bpf,
		"the fastest tracer (--tracer ebpf); the others find the same files",
		"Linux 5.11 or later with BTF, and CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN",
	},
	{
		"user namespace", userNamespace,
		"as a user other than root, --test has no way to change its root",
		"sysctl user.max_user_namespaces above 0, and kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0 where these are there; " + runAs,
	},
	{
		"mount namespace", mountNamespace,
		"--test runs in a bare chroot, without a /proc of its own",
		"CAP_SYS_ADMIN or user namespaces; " + runAs,
	},
	{
		"overlayfs", overlay,
		"a test runs in the bundle itself instead of a layer over it, and what it changes there is put back afterwards",
		"Linux 5.11 or later for users other than root",
	},
	{
		"chroot", probed("chroot"),
		"--test needs user namespaces",
		"CAP_SYS_CHROOT, which a RUN step has",
	},
	{"file systems", fileSystems, "", ""},
	{
		"upx", tool(func(t *Tools) string { return t.UPX }),
		"--compress",
		"install the package upx-ucl (Debian 12 has it in bookworm-backports), or name one with --upx",
	},
	{
		"busybox", busybox,
		"a shell for --test-command, where the bundle has none",
		"install the package busybox-static, or name a static one with --busybox",
	},
	{
		"cc", tool(func(t *Tools) string { return t.CC }),
		"--resolver dlinfo; the native resolver needs no compiler",
		"install the package gcc, or name one with --cc",
	},
}

// Examine runs all checks. They leave nothing behind.
func Examine(t Tools) []Finding {
	var list []Finding
	for _, c := range checks {
		f := Finding{Name: c.name}
		f.State, f.Detail = c.run(&t)
		if f.State == Missing || f.State == Limited {
			f.Lost, f.Remedy = c.lost, c.remedy
		}
		list = append(list, f)
	}
	return list
}
