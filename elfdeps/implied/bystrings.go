package implied

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// byStrings: what only the strings and notes of an object tell.
var byStrings = []Rule{
	{
		Name:  "plugins",
		Why:   "the object names this folder, and it holds programs or libraries for the same machine: plugins, or helpers that it starts, with all that they need in turn, which may be many MB",
		On:    Signal{Any: true},
		Shown: true,
		Find:  pluginFolders,
	},
	{
		Name:  "libraries",
		Why:   "the object calls dlopen and has this library's name among its strings",
		On:    Signal{Imports: []string{"dlopen", "lt_dlopen", "lt_dlopenext", "g_module_open"}},
		Shown: true,
		Find:  openedLibraries,
	},
	{
		Name:  "suggested",
		Why:   "the object says in an ELF note that it opens this library where it is there, and can do without",
		On:    Signal{Any: true},
		Shown: true,
		Find:  suggested,
	},
	{
		Name:  "data",
		Why:   "the object names this file or folder of configuration or data, of 3 MB at most",
		On:    Signal{Any: true},
		Shown: true,
		Find:  dataFiles,
	},
	{
		Name:  "large-data",
		Why:   "the object names this file or folder of more than 3 MB",
		On:    Signal{Any: true},
		Shown: true,
		Find:  largeData,
	},
	{
		Name: "state",
		Why:  "the executable names this folder, in which programs write: it is there, and empty",
		On:   Signal{Texts: stateFolders},
		Find: writtenFolders,
	},
}

const (
	// maxPlugins bounds the bytes of a plugin folder that is brought unasked.
	maxPlugins = 64 << 20
	// maxData bounds the bytes of data that is brought unasked.
	maxData = 3 << 20
)

var stateFolders = []string{"/var/log", "/var/lib", "/var/cache", "/var/spool", "/var/run", "/run"}

// elsewhere are folders that hold what is for everyone, or for nobody in a
// bundle: a program that names one means something in it, not all of it.
var elsewhere = []string{
	"/proc", "/sys", "/dev", "/run", "/tmp", "/var", "/home", "/boot", "/mnt", "/media", "/srv",
	"/etc/alternatives", "/etc/apt", "/etc/cron", "/etc/default", "/etc/dpkg", "/etc/init.d", "/etc/ld.so", "/etc/ld.so.cache", "/etc/pam.d",
	"/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shadow", "/etc/gshadow", "/etc/subuid", "/etc/subgid", "/etc/sudoers", "/etc/sudoers.d",
	"/etc/fstab", "/etc/mtab", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/machine-id", "/etc/skel",
	"/etc/localtime", "/etc/timezone", "/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/etc/shells", "/etc/motd", "/etc/issue",
	"/etc/ssl", "/etc/pki", "/etc/systemd", "/etc/terminfo",
	"/lib/terminfo", "/usr/lib/cups", "/usr/lib/locale", "/usr/lib/debug", "/usr/lib/ssl", "/usr/lib/systemd", "/usr/lib/firmware", "/usr/lib/modules", "/usr/lib/terminfo",
	"/usr/share/applications", "/usr/share/bash-completion", "/usr/share/ca-certificates", "/usr/share/dbus-1", "/usr/share/doc", "/usr/share/fonts",
	"/usr/share/gdb", "/usr/share/i18n", "/usr/share/icons", "/usr/share/info", "/usr/share/lintian", "/usr/share/locale", "/usr/share/man", "/usr/share/mime",
	"/usr/share/misc", "/usr/share/pixmaps", "/usr/share/sounds", "/usr/share/terminfo", "/usr/share/themes", "/usr/share/zoneinfo",
	"/usr/include", "/usr/src", "/usr/local/src", "/usr/local/share/man", "/usr/local/include", "/usr/games",
	"/root/.cache",
}

// common folders are named by programs that mean one file in them.
var commonFolders = []string{
	"/", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/etc", "/opt", "/root",
	"/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/libexec", "/usr/share",
	"/usr/local", "/usr/local/bin", "/usr/local/sbin", "/usr/local/lib", "/usr/local/lib64", "/usr/local/libexec", "/usr/local/share", "/usr/local/etc",
}

// moduleFolders are parts of the paths of folders that another row brings. Every
// static executable names that of gconv, whether it converts or not.
var moduleFolders = []string{"/gconv/", "/perl/", "/perl5/", "/perl-base/", "/python2", "/python3", "/ruby/", "/vendor_ruby/", "/site_ruby/", "/tcltk/", "/guile/", "/sasl2/"}

// triplet is a folder of libraries for one machine, such as /usr/lib/x86_64-linux-gnu.
var triplet = regexp.MustCompile(`/lib(exec)?/[a-z0-9_]+-linux-[a-z0-9]+$`)

// sources are the names of what a program was made of: its debug information
// and its messages of failure hold their paths.
var sources = nameIn("*.go", "*.s", "*.S", "*.c", "*.cc", "*.cpp", "*.cxx", "*.h", "*.hpp", "*.rs", "*.y", "*.l", "*.f", "*.hs", "*.ml", "*.zig")

// own tells whether p, walked, may belong to one program alone.
func own(p string) bool {
	return p != "" && !sources(p) && !has(p+"/", moduleFolders) && !slices.Contains(commonFolders, p) && !triplet.MatchString(p) &&
		!slices.ContainsFunc(elsewhere, func(dir string) bool { return below(p, dir) })
}

// isSystem tells whether the object is a part of the C library, whose rows are
// in the table.
func (s *scene) isSystem() bool {
	return matches([]string{"libc.so*", "ld-*.so*", "libpthread.so*", "libresolv.so*", "libdl.so*", "libnss_*", "libstdc++.so*", "libgcc_s.so*"}, s.Soname)
}

// named returns the paths among the object's strings that it may mean: keep is
// asked for what they lead to.
func (s *scene) named(keep func(string) bool) []string {
	if s.isSystem() || s.Ident == (Ident{}) {
		return nil
	}
	var list []string
	for _, p := range s.Strings {
		if strings.Count(strings.TrimRight(p, "/"), "/") < 2 {
			continue
		}
		if walked := s.walkedPath(p); own(walked) && keep(walked) && !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list
}

// pluginFolders brings the folders that the object names and that hold files
// for its machine, unless the loader finds libraries there.
func pluginFolders(s *scene) Brings {
	var b Brings
	for _, dir := range s.named(s.isDir) {
		if s.holdsLibraries(dir) || !s.holdsELF(dir, 2) || s.bytesOf(dir) > maxPlugins {
			continue
		}
		b.Paths = append(b.Paths, dir)
	}
	return b
}

// holdsLibraries tells whether a library lies in dir that the loader found.
func (s *scene) holdsLibraries(dir string) bool {
	return slices.ContainsFunc(s.objects, func(o *Object) bool {
		return !o.Program && o.Soname != "" && path.Dir(o.Walked) == dir && o != s.Object
	})
}

// maxLooked bounds the files of a folder that are looked at.
const maxLooked = 300

// holdsELF tells whether dir, or a folder in it down to some depth, holds a
// file for the object's machine.
func (s *scene) holdsELF(dir string, depth int) bool {
	names := s.names(dir)
	for _, n := range names[:min(len(names), maxLooked)] {
		if s.isELF(path.Join(dir, n), s.Ident) {
			return true
		}
	}
	for _, n := range names[:min(len(names), maxLooked)] {
		if p := path.Join(dir, n); depth > 0 && s.isDir(p) && s.holdsELF(p, depth-1) {
			return true
		}
	}
	return false
}

// bytesOf sums the sizes of what p holds, up to some more than maxPlugins.
func (s *scene) bytesOf(p string) int64 { return s.sizeUpTo(p, maxPlugins) }

// sizeUpTo sums the sizes of what p holds, up to some more than enough.
func (s *scene) sizeUpTo(p string, enough int64) int64 {
	at, err := rootfs.Stat(s.Root, p)
	if err != nil {
		return 0
	}
	switch at.Stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return at.Stat.Size
	case unix.S_IFDIR:
		sum := int64(0)
		for _, n := range s.names(at.Path) {
			if sum > enough {
				break
			}
			if st, err := s.Root.Lstat(path.Join(at.Path, n)); err == nil && st.Mode&unix.S_IFMT != unix.S_IFLNK {
				sum += s.sizeUpTo(path.Join(at.Path, n), enough)
			}
		}
		return sum
	}
	return 0
}

// versioned is the name of a library as a program opens it: a name without a
// version is a plugin's, or a link for building.
var versioned = regexp.MustCompile(`^lib.+\.so\.[0-9]`)

// openedLibraries brings the libraries whose names the object has.
func openedLibraries(s *scene) Brings {
	if s.isSystem() {
		return Brings{}
	}
	return Brings{Libraries: slices.DeleteFunc(slices.Clone(s.Names), func(n string) bool {
		return !versioned.MatchString(n) || n == s.Soname
	})}
}

// suggested tells of the libraries that the object's dlopen notes suggest.
func suggested(s *scene) Brings {
	return Brings{Libraries: s.Suggests, Hint: "--include with its path"}
}

// isData tells whether p is something to read: a file that is no program, or a
// folder with no more than data.
func (s *scene) isData(p string) bool {
	if s.isDir(p) {
		return path.Base(p) != "bin" && path.Base(p) != "sbin"
	}
	return !slices.Contains([]string{"bin", "sbin"}, path.Base(path.Dir(p))) && !s.isELF(p, s.Ident)
}

// dataFiles brings the data that the object names.
func dataFiles(s *scene) Brings {
	return Brings{Paths: s.named(func(p string) bool { return s.isData(p) && s.bytesOf(p) <= maxData })}
}

// largeData tells of what dataFiles and pluginFolders leave out for its size.
func largeData(s *scene) Brings {
	large := s.named(func(p string) bool {
		size := s.bytesOf(p)
		return s.isData(p) && size > maxData && (size > maxPlugins || !s.holdsELF(p, 2))
	})
	if len(large) == 0 {
		return Brings{}
	}
	return Brings{Paths: large, Hint: "--include " + strings.Join(large, " --include ")}
}

// writtenFolders brings, empty, the folders for state that the executable names.
func writtenFolders(s *scene) Brings {
	var b Brings
	for _, p := range s.Strings {
		if !begins(stateFolders, []string{p}) {
			continue
		}
		if p = strings.TrimRight(p, "/"); !s.isDir(p) || p == "/run" {
			p = path.Dir(p)
		}
		if s.isDir(p) && (p == "/run" || !slices.Contains(stateFolders, p) && strings.Count(p, "/") > 1) {
			b.Folders = append(b.Folders, p)
		}
	}
	return b
}
