package tracer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// losesByFilter tells whether a filter would cost the command the privileges
// that its set-user-ID bit gives: without CAP_SYS_ADMIN a filter needs
// no_new_privs. Plain tracing costs them too, unless the tracer may trace any
// process or change user IDs (cap_bprm_creds_from_file in security/commoncap.c).
func losesByFilter(c Command) bool {
	if hasCapability(unix.CAP_SYS_ADMIN) || !hasCapability(unix.CAP_SETUID) {
		return false
	}
	path := c.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(c.Dir, path)
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0
}

// losesPrivilege tells whether set-user-ID programs gain nothing while traced.
func losesPrivilege(filter bool) bool {
	if hasCapability(unix.CAP_SYS_ADMIN) && hasCapability(unix.CAP_SYS_PTRACE) {
		return false
	}
	return filter || !hasCapability(unix.CAP_SYS_PTRACE) && !hasCapability(unix.CAP_SETUID)
}

// hasCapability tells whether a capability is in force for this thread.
func hasCapability(c int) bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return false
	}
	return data[c/32].Effective&(1<<(c%32)) != 0
}

// whyNotSeized says what may have refused a tracer its tracee.
func whyNotSeized(err error) string {
	scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	switch {
	case errors.Is(err, unix.ENOSYS):
		return " (this kernel is emulated: qemu-user and the like have no ptrace)"
	case bytes.HasPrefix(scope, []byte("3")):
		return " (kernel.yama.ptrace_scope is 3, which forbids it to all until the next start)"
	case bytes.HasPrefix(scope, []byte("2")) && !hasCapability(unix.CAP_SYS_PTRACE):
		return " (kernel.yama.ptrace_scope is 2, which demands CAP_SYS_PTRACE)"
	case errors.Is(err, unix.EPERM):
		return " (a seccomp filter or a security module of the container forbids it, or this process is traced itself)"
	}
	return ""
}
