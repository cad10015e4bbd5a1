package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"path"
	"slices"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
)

// A summary says in a few lines what a bundle consists of.
type summary struct {
	shares  []share
	files   int   // entries of all types
	bytes   int64 // of regular files, each hard-linked one once
	largest []*bundler.Entry
	look    []string // what deserves a second look
}

// A share is what one sort of reasons brought. An entry counts for its first
// reason.
type share struct {
	what  string
	files int
	bytes int64
}

const largestShown = 10

func summarize(m *bundler.Manifest) *summary {
	s := &summary{}
	counted := map[[2]uint64]bool{}
	var files []*bundler.Entry
	for e := range m.Entries() {
		var size int64
		if id := [2]uint64{e.Stat.Dev, e.Stat.Ino}; e.IsFile() && !counted[id] {
			if e.Stat.Nlink > 1 {
				counted[id] = true
			}
			size = e.Stat.Size
			files = append(files, e)
		}
		s.add(brought(e.Origins[0]), size)
	}
	slices.SortStableFunc(s.shares, func(a, b share) int {
		return cmp.Or(cmp.Compare(b.bytes, a.bytes), cmp.Compare(b.files, a.files))
	})
	slices.SortStableFunc(files, func(a, b *bundler.Entry) int { return cmp.Compare(b.Stat.Size, a.Stat.Size) })
	s.largest = files[:min(largestShown, len(files))]
	s.look = lookAt(m, s)
	return s
}

// shareNames word the kinds of reasons that many entries share.
var shareNames = map[bundler.Kind]string{
	bundler.Needed:      "needed libraries",
	bundler.Interpreter: "loaders",
	bundler.OnTheWay:    "links, and folders on the way",
	bundler.Opened:      "opened in a run",
	bundler.Executed:    "executed in a run",
	bundler.Listed:      "listed in a run",
	bundler.LookedAt:    "looked at in a run",
	bundler.LinkRead:    "links read in a run",
}

// brought words what sort of reason o is.
func brought(o bundler.Origin) string {
	switch {
	case o.Kind == bundler.Included:
		return "--include " + o.Detail
	case o.Kind == bundler.Expanded && o.Detail != "":
		return "--expand package: " + o.Detail
	case o.Kind == bundler.Expanded:
		return "--expand dir"
	case o.Kind == bundler.Implied:
		return "implied: " + o.Detail
	case shareNames[o.Kind] != "":
		return shareNames[o.Kind]
	}
	return string(o.Kind)
}

func (s *summary) add(what string, size int64) {
	i := slices.IndexFunc(s.shares, func(sh share) bool { return sh.what == what })
	if i < 0 {
		i = len(s.shares)
		s.shares = append(s.shares, share{what: what})
	}
	s.shares[i].files++
	s.shares[i].bytes += size
	s.files++
	s.bytes += size
}

// lookAt names what a user may not want in an image: a file that is most of it,
// programs that give privileges, secrets.
func lookAt(m *bundler.Manifest, s *summary) []string {
	var list []string
	if len(s.largest) > 0 && s.files > 1 {
		if e := s.largest[0]; e.Stat.Size*2 > s.bytes && e.Origins[0].Kind != bundler.Input {
			list = append(list, fmt.Sprintf("%s is %d %% of the bundle: %s", e.Path, e.Stat.Size*100/s.bytes, reason(e.Origins[0])))
		}
	}
	for _, l := range []struct {
		is   func(*bundler.Entry) bool
		what string
	}{
		{givesPrivileges, "set-user-ID or set-group-ID programs"},
		{looksSecret, "files that often hold secrets"},
	} {
		var paths []string
		for e := range m.Entries() {
			if e.IsFile() && l.is(e) {
				paths = append(paths, e.Path)
			}
		}
		if len(paths) > 0 {
			list = append(list, l.what+": "+some(paths))
		}
	}
	return list
}

func givesPrivileges(e *bundler.Entry) bool {
	return e.Stat.Mode&0o111 != 0 && e.Stat.Mode&(unix.S_ISUID|unix.S_ISGID) != 0
}

// secretNames are globs of [path.Match] for the last component of paths that
// often hold passwords and private keys.
var secretNames = []string{
	"shadow", "shadow-", "gshadow", "gshadow-", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "ssh_host_*_key",
	".netrc", ".pgpass", ".git-credentials", ".npmrc", ".pypirc", ".env", "*.key", ".*_history", "credentials", "krb5.keytab",
}

func looksSecret(e *bundler.Entry) bool {
	return slices.ContainsFunc(secretNames, func(glob string) bool {
		match, err := path.Match(glob, path.Base(e.Path))
		return err == nil && match
	})
}

// warnSecrets warns of files that often hold secrets and that nobody asked for by
// name: a program that is observed may have opened them.
func (b *bundling) warnSecrets() {
	for e := range b.manifest.Entries() {
		asked := slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool { return o.Kind == bundler.Included })
		if e.IsFile() && !asked && looksSecret(e) {
			slog.Warn(fmt.Sprintf("%s may hold secrets: %s; --exclude %s leaves it out", e.Path, reason(e.Origins[0]), e.Path))
		}
	}
}

// lines words the summary for people.
func (s *summary) lines() []string {
	var list []string
	for _, sh := range s.shares {
		list = append(list, fmt.Sprintf("  %10s  %5d  %s", byteText(sh.bytes), sh.files, sh.what))
	}
	list = append(list, "largest:")
	for _, e := range s.largest {
		list = append(list, fmt.Sprintf("  %10s  %s  %s", byteText(e.Stat.Size), e.Path, reason(e.Origins[0])))
	}
	for _, l := range s.look {
		list = append(list, "look at: "+l)
	}
	return list
}
