package implied

import (
	"path"
	"slices"
	"strings"
)

// nameService brings the configuration and the modules that it names.
func nameService(s *scene) Brings {
	b := Brings{
		Paths: []string{"/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "/etc/host.conf", "/etc/gai.conf"},
		Made:  []Made{hosts},
	}
	libc := s.glibc()
	if libc == nil {
		return b
	}
	if !slices.Contains(libc.Defines, "GLIBC_2.34") {
		b.Libraries = []string{"libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"}
	}
	for _, m := range modules(s.text("/etc/nsswitch.conf")) {
		b.Libraries = append(b.Libraries, "libnss_"+m+".so.2")
	}
	return b
}

// built are the services of the C library itself.
var built = []string{"files", "dns", "db"}

// ofDaemons are the services that ask daemons of systemd, which run in no
// container. A service whose module is missing is passed over.
var ofDaemons = []string{"systemd", "mymachines", "resolve"}

// modules returns the services that nsswitch.conf(5) names and that a module
// gives.
func modules(conf string) []string {
	var list []string
	for line := range strings.Lines(conf) {
		line, _, _ = strings.Cut(line, "#")
		_, services, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for _, w := range strings.Fields(cutActions(services)) {
			if !slices.Contains(slices.Concat(built, ofDaemons, list), w) && !strings.Contains(w, "/") {
				list = append(list, w)
			}
		}
	}
	return list
}

// cutActions takes the actions in brackets out of a list of services.
func cutActions(services string) string {
	for {
		before, after, ok := strings.Cut(services, "[")
		if !ok {
			return services
		}
		_, after, _ = strings.Cut(after, "]")
		services = before + " " + after
	}
}

// ownAccount wants the user as whom a server runs: many are called as it is.
func ownAccount(s *scene) Brings {
	if !s.Program {
		return Brings{}
	}
	return Brings{Accounts: namesOf(s)}
}

// libgcc brings libgcc_s where the C library is glibc.
func libgcc(s *scene) Brings {
	if s.glibc() == nil {
		return Brings{}
	}
	return Brings{Libraries: []string{"libgcc_s.so.1"}}
}

// commonSets are the conversion modules of character sets that small ones.
var commonSets = []string{
	"gconv-modules*", "UTF-*.so", "UNICODE.so", "ISO8859-*.so", "CP125?.so", "KOI8-?.so", "CP437.so", "CP850.so",
}

// converters are programs that are made to convert.
var converters = []string{"iconv", "recode", "convmv", "enca", "enconv"}

// conversions brings conversion modules from where the C library looks for them.
func conversions(s *scene) Brings {
	var b Brings
	all := s.Program && matches(converters, path.Base(s.Walked)) && !s.Observed
	for _, dir := range s.libcFolders("gconv") {
		if all {
			b.Paths = append(b.Paths, dir)
			continue
		}
		for _, set := range commonSets {
			b.Globs = append(b.Globs, dir+"/"+set)
		}
	}
	return b
}

// libcFolders returns the folders of that name among the C library's strings.
// Where no object is looked at, the usual ones count.
func (s *scene) libcFolders(name string) []string {
	if s.Path == "" {
		return s.glob("/usr/lib/" + name)
	}
	if libc := s.glibc(); libc != nil {
		return s.existing(libc, func(p string) bool { return path.Base(p) == name && s.isDir(p) })
	}
	return nil
}

// locales brings C.UTF-8 and the locale of the environment.
func locales(s *scene) Brings {
	var b Brings
	archive := false
	names := []string{"C.UTF-8"}
	for _, v := range []string{"LC_ALL", "LANG", "LC_CTYPE"} {
		if n := s.Env(v); n != "" && n != "C" && n != "POSIX" && !strings.Contains(n, "/") {
			names = append(names, n)
		}
	}
	for _, dir := range s.libcFolders("locale") {
		for _, n := range names {
			at := slices.IndexFunc(spellings(n), func(n string) bool { return s.isDir(dir + "/" + n) })
			if at >= 0 {
				b.Paths = append(b.Paths, dir+"/"+spellings(n)[at])
			} else if n != "C.UTF-8" {
				archive = true
			}
		}
		if archive {
			b.Paths = append(b.Paths, dir+"/locale-archive")
		}
	}
	return b
}

// spellings returns the folders in which glibc looks for a locale: the code set
// may be normalised, "UTF-8" to "utf8".
func spellings(name string) []string {
	lang, set, ok := strings.Cut(name, ".")
	if !ok {
		return []string{name}
	}
	set, modifier, at := strings.Cut(set, "@")
	if at {
		modifier = "@" + modifier
	}
	normal := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(set))
	return []string{name, lang + "." + normal + modifier}
}

// zoneOfRun brings the zone that TZ names here.
func zoneOfRun(s *scene) Brings {
	zone := strings.TrimPrefix(s.Env("TZ"), ":")
	if zone == "" || strings.Contains(zone, "..") {
		return Brings{}
	}
	if strings.HasPrefix(zone, "/") {
		return Brings{Paths: []string{zone}}
	}
	return Brings{Paths: []string{"/usr/share/zoneinfo/" + zone}}
}

// zones brings all time zones, without the doubles that count leap seconds.
func zones(s *scene) Brings {
	if strings.HasPrefix(s.Soname, "libc.so") {
		return Brings{}
	}
	return Brings{
		Paths: []string{"/usr/share/zoneinfo"},
		Leave: nameIn("posix", "right", "leapseconds", "*.zi"),
	}
}

// commonTerminals are what TERM mostly is.
var commonTerminals = []string{
	"xterm", "xterm-256color", "linux", "screen", "screen-256color", "tmux", "tmux-256color", "dumb", "vt100", "vt220", "ansi",
}

// terminals brings descriptions of terminals from the folders that hold any,
// in a subfolder by the first letter, or its code where the file system folds case.
func terminals(s *scene) Brings {
	var b Brings
	names := commonTerminals
	if t := s.Env("TERM"); t != "" && !strings.Contains(t, "/") {
		names = append([]string{t}, names...)
	}
	for _, dir := range []string{"/etc/terminfo", "/lib/terminfo", "/usr/lib/terminfo", "/usr/share/terminfo"} {
		for _, n := range names {
			b.Paths = append(b.Paths, dir+"/"+n[:1]+"/"+n)
			b.Paths = append(b.Paths, dir+"/"+hexByte(n[0])+"/"+n)
		}
	}
	return b
}

func hexByte(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// shellOfStatic makes a hint of the row for a static executable, which brings no
// C library for the shell and does not tell what it calls.
func shellOfStatic(s *scene) Brings {
	if len(s.Imports) == 0 {
		return Brings{Hint: "--with shell"}
	}
	return Brings{}
}
