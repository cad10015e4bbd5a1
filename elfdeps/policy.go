package elfdeps

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"magicpak/rootfs"
)

// A Libc is a C library with a loader of its own.
type Libc uint8

// The C libraries whose loaders are known.
const (
	Glibc Libc = iota + 1
	Musl
)

func (l Libc) String() string { return [...]string{"unknown", "glibc", "musl"}[l] }

// ErrNotSupported is wrapped by errors about loaders and machines whose rules
// this package does not know.
var ErrNotSupported = errors.New("not supported")

// A Policy is what a loader has built in. It is read from the strings in the
// loader's file, where the build of that C library left it, so that it is right
// for every distribution and prefix.
type Policy struct {
	Libc      Libc
	Dirs      []string // the default folders, in order
	Lib       string   // $LIB
	Cache     string   // path of ld.so.cache, "" when the loader has none
	Version   Version2 // of glibc; zero before 2.33, where the loader does not tell
	HWCaps    []string // subfolders of glibc-hwcaps, best first
	PathFile  string   // musl's replacement for its default folders
	Platforms []string // $PLATFORM
	Legacy    []string // subfolders tried before 2.37 on every CPU, best first
	Optional  []string // those tried then on later CPUs, the least demanding first
}

// A Version2 is a version of two numbers.
type Version2 struct{ Major, Minor int }

// Before tells whether v is an earlier version than major.minor.
func (v Version2) Before(major, minor int) bool {
	return v.Major < major || v.Major == major && v.Minor < minor
}

// muslPathFile is how the name of musl's path file begins, up to the machine.
const muslPathFile = "/etc/ld-musl-"

// loaderLimit bounds what is read of a loader. musl's is all of libc, under 1 MB.
const loaderLimit = 16 << 20

// readPolicy reads the policy of the loader at file.
func readPolicy(t rootfs.Tree, file string, a *abi) (*Policy, error) {
	b, err := rootfs.ReadFile(t, file, loaderLimit)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(b, []byte(muslPathFile)) {
		return muslPolicy(b, file, a), nil
	}
	if p := glibcPolicy(b, a); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("read the search rules of loader %s: neither glibc's nor musl's: %w", file, ErrNotSupported)
}

// muslPolicy: the path file belongs to the prefix of the loader's own path,
// which is two levels up (load_library in musl's dynlink.c).
func muslPolicy(b []byte, file string, a *abi) *Policy {
	arch := a.musl
	if name := stringWith(b, muslPathFile); name != "" {
		_, arch, _ = strings.Cut(name, muslPathFile)
		arch = strings.TrimSuffix(arch, ".path")
	}
	prefix := ""
	if strings.HasPrefix(file, "/") {
		prefix = strings.TrimSuffix(path.Dir(path.Dir(file)), "/")
	}
	return &Policy{
		Libc:     Musl,
		PathFile: prefix + muslPathFile + arch + ".path",
		Dirs:     strings.Split(muslDefault(b), ":"),
	}
}

// muslDefault returns the folders that are searched without a path file.
func muslDefault(b []byte) string {
	const usual = "/lib:/usr/local/lib:/usr/lib"
	for _, end := range []string{"/lib\x00", "/lib64\x00"} {
		for rest := b; ; {
			i := bytes.Index(rest, []byte(end))
			if i < 0 {
				break
			}
			if s := stringAround(rest, i); strings.HasPrefix(s, "/") && strings.Contains(s, ":/") {
				return s
			}
			rest = rest[i+len(end):]
		}
	}
	return usual
}

// glibcPolicy returns nil where b holds no list of default folders.
func glibcPolicy(b []byte, a *abi) *Policy {
	p := &Policy{Libc: Glibc, Platforms: a.platforms, Dirs: defaultDirs(b)}
	if p.Dirs == nil {
		return nil
	}
	p.Lib = libToken(b, p.Dirs)
	p.Cache = stringWith(b, "/ld.so.cache\x00")
	p.Version = glibcVersion(b)
	p.HWCaps = hwcapsList(b)
	if p.Version.Before(2, 37) {
		p.Legacy, p.Optional = legacyFolders(a), legacyVariants(a)
	}
	return p
}

// defaultDirs returns the first run of library folders in b: strings that
// begin and end with a slash, one behind the other (system_dirs in dl-load.c).
// Anything may stand before the first one, since it is an array of its own.
func defaultDirs(b []byte) []string {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("/\x00"))
		if i < 0 {
			return nil
		}
		end := at + i
		if dirs := dirRun(b[pathStart(b[:end+1]):]); dirs != nil && strings.Contains(dirs[0], "lib") {
			return dirs
		}
		at = end + 1
	}
}

// pathStart returns where the absolute path that b ends with begins.
func pathStart(b []byte) int {
	start := len(b)
	for start > 0 && printable(b[start-1:start]) {
		start--
	}
	return start + max(0, bytes.IndexByte(b[start:], '/'))
}

// dirRun returns the folders that b begins with.
func dirRun(b []byte) []string {
	var dirs []string
	for len(b) > 0 && b[0] == '/' {
		end := bytes.IndexByte(b, 0)
		if end < 2 || end > 4096 || b[end-1] != '/' || !printable(b[:end]) {
			break
		}
		dirs = append(dirs, string(b[:end]))
		b = b[end+1:]
	}
	return dirs
}

// printable tells whether b is ASCII text without blanks.
func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// stringWith returns the first whole string in b that contains part, where a
// NUL at the end of part stands for the string's own end.
func stringWith(b []byte, part string) string {
	i := bytes.Index(b, []byte(part))
	if i < 0 {
		return ""
	}
	return stringAround(b, i)
}

// stringAround returns the NUL-terminated string in b that holds index i.
func stringAround(b []byte, i int) string {
	start := bytes.LastIndexByte(b[:i], 0) + 1
	return cString(b[start:])
}

// glibcVersion finds "stable release version 2.36." in the loader's own
// --version text, which it has since 2.33.
func glibcVersion(b []byte) Version2 {
	for _, kind := range []string{"release version ", "development version "} {
		var v Version2
		if i := bytes.Index(b, []byte(kind)); i >= 0 {
			if n, _ := fmt.Sscanf(cString(b[i+len(kind):]), "%d.%d", &v.Major, &v.Minor); n == 2 {
				return v
			}
		}
	}
	return Version2{}
}

// hwcapsList finds _dl_hwcaps_subdirs (dl-hwcaps-subdirs.c of each machine):
// folder names separated by colons, best first.
func hwcapsList(b []byte) []string {
	for _, prefix := range []string{"x86-64-v", "power", "z1"} {
		for rest := b; ; {
			i := bytes.Index(rest, []byte("\x00"+prefix))
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			if list := strings.Split(cString(rest), ":"); allBegin(list, prefix) {
				return list
			}
		}
	}
	return nil
}

// allBegin tells whether list holds names made of prefix and a number, at
// least two.
func allBegin(list []string, prefix string) bool {
	for _, name := range list {
		if _, err := strconv.Atoi(strings.TrimPrefix(name, prefix)); err != nil {
			return false
		}
	}
	return len(list) > 1
}

// libToken returns the value of $LIB: the longest tail of a default folder that
// stands as a string of its own. Debian's build has all below the root or /usr
// in it, others the last name alone.
func libToken(b []byte, dirs []string) string {
	best := ""
	for _, d := range dirs {
		tail := strings.Trim(strings.TrimPrefix(d, "/usr"), "/")
		for ; tail != ""; _, tail, _ = strings.Cut(tail, "/") {
			if len(tail) > len(best) && bytes.Contains(b, []byte("\x00"+tail+"\x00")) {
				best = tail
			}
		}
	}
	if best == "" {
		best = path.Base(dirs[0])
	}
	return best
}

// legacyFolders lists the subfolders that glibc built from "tls", the platform
// and hardware features, for what every CPU of the machine has, in the loader's
// order (_dl_important_hwcaps in dl-hwcaps.c).
func legacyFolders(a *abi) []string {
	names := append([]string{}, a.legacy...)
	if len(a.platforms) > 0 {
		names = append(names, a.platforms[0])
	}
	return powerSet(append(names, "tls"))
}

// legacyVariants lists the folders of the same kind for later CPUs, the least
// demanding first.
func legacyVariants(a *abi) []string {
	baseline := legacyFolders(a)
	var list []string
	for _, platform := range a.platforms {
		names := slices.Concat(a.legacy, a.optional, []string{platform, "tls"})
		for _, dir := range slices.Backward(powerSet(names)) {
			if !slices.Contains(baseline, dir) && !slices.Contains(list, dir) {
				list = append(list, dir)
			}
		}
	}
	return list
}

// powerSet returns the folders made of every choice of names, the last name
// outermost, in the order of a counter that runs down.
func powerSet(names []string) []string {
	var list []string
	for mask := 1<<len(names) - 1; mask > 0; mask-- {
		dir := ""
		for i := len(names) - 1; i >= 0; i-- {
			if mask&(1<<i) != 0 {
				dir += names[i] + "/"
			}
		}
		list = append(list, dir)
	}
	return list
}

// cString cuts b at its first NUL.
func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
