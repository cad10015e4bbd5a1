package tracer

import (
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
