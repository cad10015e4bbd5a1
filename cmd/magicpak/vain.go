package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/tracer"
)

// wasThere tells whether a was made to something that was there before the
// call, which may have failed for just that: mkdir(2) of a folder, say.
func wasThere(a *tracer.Access) bool {
	return a.Type != 0 && slices.Contains([]unix.Errno{0, unix.EEXIST, unix.EISDIR, unix.ELOOP, unix.ENOTDIR}, a.Errno)
}

// missed tells whether a looked for something that was not there, or that the
// program was not allowed to see.
func missed(a *tracer.Access) bool {
	return !wasThere(a) && slices.Contains([]unix.Errno{unix.ENOENT, unix.ENOTDIR, unix.EACCES, unix.ELOOP}, a.Errno)
}

// inVain returns, the latest first, up to n files that a run looked for and did
// not find anywhere: neither at the path nor elsewhere under that name, nor with
// another ending beside it, and not what loaders and locales look for everywhere.
// What was looked for in several folders is named once.
func inVain(p *tracer.Profile, n int) []string { return vainTexts(vainAccesses(p), n) }

func vainAccesses(p *tracer.Profile) []*tracer.Access {
	there := map[string]bool{}
	for i := range p.Accesses {
		if a := &p.Accesses[i]; a.Errno == 0 {
			there[path.Base(string(a.Path))] = true
			there[cmp.Or(stem(string(a.Path)), string(a.Path))] = true
		}
	}
	var list []*tracer.Access
	for i := range p.Accesses {
		a := &p.Accesses[i]
		name := string(a.Path)
		if missed(a) && !there[path.Base(name)] && !there[stem(name)] && !routine(name) {
			list = append(list, a)
		}
	}
	slices.SortStableFunc(list, func(a, b *tracer.Access) int { return cmp.Compare(b.Last, a.Last) })
	return list
}

// stem returns p without what follows the first dot of its last element, and
// with that dot: programs try several endings.
func stem(p string) string {
	dir, base := path.Split(p)
	name, _, dotted := strings.Cut(base, ".")
	if !dotted || name == "" {
		return ""
	}
	return dir + name + "."
}

// vainTexts words up to n misses, those of one name together.
func vainTexts(list []*tracer.Access, n int) []string {
	folders := map[string][]string{}
	for _, a := range list {
		dir, base := path.Split(string(a.Path))
		if !slices.Contains(folders[base], dir) {
			folders[base] = append(folders[base], dir)
		}
	}
	var texts []string
	done := map[string]bool{}
	for _, a := range list {
		base := path.Base(string(a.Path))
		if done[base] || len(texts) == n {
			continue
		}
		done[base] = true
		text := vainText(a)
		if more := len(folders[base]) - 1; more > 0 {
			text += fmt.Sprintf(" (and in %s)", count(more, "other folder"))
		}
		texts = append(texts, text)
	}
	return texts
}

// vainText names what was looked for, and why it was not found where that is
// not its absence.
func vainText(a *tracer.Access) string {
	if a.Errno == unix.ENOENT {
		return string(a.Path)
	}
	return fmt.Sprintf("%s (%s)", a.Path, a.Errno.Error())
}

// routine tells whether programs look for path wherever they run, and do well
// without.
func routine(p string) bool {
	for _, part := range []string{"/glibc-hwcaps/", "/locale/", "/LC_MESSAGES/", "/haswell/", "/tls/"} {
		if strings.Contains(p, part) {
			return true
		}
	}
	return slices.Contains([]string{
		"/etc/ld.so.preload", "/etc/ld.so.nohwcap", "/etc/ld.so.cache", "/etc/suid-debug", "/selinux", "/etc/selinux/config", "/var/run/nscd/socket", "/run/nscd/socket",
	}, p) || strings.HasPrefix(p, "/proc/") || strings.HasPrefix(p, "/sys/")
}
