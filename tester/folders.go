package tester

import (
	"path"
	"strings"
)

// sharedFolders hold what many programs have in common, so that no single one
// needs all of it. Those of libraries and programs are told by their names.
var sharedFolders = []string{
	"/", "/boot", "/etc", "/home", "/media", "/mnt", "/opt", "/root", "/run", "/srv", "/tmp", "/usr", "/usr/include",
	"/usr/local", "/usr/share", "/usr/local/share", "/usr/src", "/usr/lib/python3", "/var", "/var/cache", "/var/lib", "/var/log",
	"/var/run", "/var/spool", "/var/tmp", "/usr/share/doc", "/usr/share/locale", "/etc/default",
}

// Shared tells whether the folder at p is one that a bundle should never hold
// as a whole for one program's sake.
func Shared(p string) bool {
	p = path.Clean(p)
	for _, s := range sharedFolders {
		if p == s {
			return true
		}
	}
	base, parent := path.Base(p), path.Base(path.Dir(p))
	switch {
	case base == "bin" || base == "sbin" || strings.HasPrefix(base, "lib") && path.Dir(p) != p && isPrefix(path.Dir(p)):
		return true
	}
	// A multiarch folder, as in /usr/lib/x86_64-linux-gnu.
	return strings.HasPrefix(parent, "lib") && strings.Contains(base, "-linux-")
}

// isPrefix tells whether programs are installed below dir.
func isPrefix(dir string) bool { return dir == "/" || dir == "/usr" || dir == "/usr/local" }

// optionalFiles are what programs look for by habit and do well without; how
// much less likely each is the reason of a failure. The key is a path, or the
// beginning of one when it ends with a slash.
var optionalFiles = map[string]int{
	"/usr/lib/locale/": 45, "/usr/share/locale/": 55, "/usr/share/locale-langpack/": 55,
	"/etc/nsswitch.conf": 35, "/etc/host.conf": 45, "/etc/gai.conf": 45, "/etc/localtime": 30,
	"/etc/inputrc": 40, "/etc/bash.bashrc": 40, "/etc/profile": 40, "/etc/environment": 40, "/etc/debian_version": 40,
	"/usr/lib/ssl/openssl.cnf": 30, "/etc/ssl/openssl.cnf": 30, "/root": 30, "/root/": 30, "/home/": 30, "/run/": 30, "/var/run/": 30,
}

// optional returns how much less likely the file at p is the reason.
func optional(p string) int {
	if n := optionalFiles[p]; n > 0 {
		return n
	}
	n := 0
	for i := range p {
		if p[i] == '/' {
			n = max(n, optionalFiles[p[:i+1]])
		}
	}
	switch path.Base(p) {
	case "gconv-modules.cache", "locale.alias", "locale-archive":
		n = max(n, 45)
	}
	if strings.Contains(p, "/LC_MESSAGES/") || strings.HasSuffix(p, ".pyc") || path.Base(p) == "__pycache__" {
		n = max(n, 55)
	}
	return n
}
