package implied

import (
	"path"
	"slices"
)

// An Addition is something that a container often needs and that is added by
// its name, whatever signals there are.
type Addition struct {
	Name string
	Text string // what it is, for people

	Paths    []string // globs
	Folders  []string
	Accounts []string
	Find     func(s *scene) Brings
}

// Additions holds all of them in the order in which they are listed.
var Additions = []Addition{
	{Name: "certs", Text: "the certificates that this machine trusts", Find: ofRule("certs")},
	{Name: "fonts", Text: "fontconfig's configuration and a font", Find: ofRule("fonts")},
	{Name: "gconv", Text: "all of iconv's conversion modules", Paths: []string{"/usr/lib/gconv", "/usr/lib64/gconv", "/usr/lib/*/gconv"}},
	{Name: "hosts", Text: "/etc/hosts with localhost, which most container engines make", Find: func(*scene) Brings { return Brings{Made: []Made{hosts}} }},
	{Name: "locale", Text: "C.UTF-8, and the locale that LANG or LC_ALL names here", Find: locales},
	{Name: "locales", Text: "all locales that are installed", Paths: []string{"/usr/lib/locale"}},
	{Name: "magic", Text: "libmagic's patterns", Find: ofRule("magic")},
	{Name: "mime", Text: "MIME types by file name and content", Paths: []string{"/etc/mime.types", "/usr/share/mime"}, Find: mimeFiles},
	{Name: "nss", Text: "the name service's configuration, services and protocols, and its modules for files and dns", Paths: nssModules, Find: nameService},
	{Name: "openssl", Text: "openssl.cnf, providers and engines", Find: ofRule("openssl"), Paths: []string{"/usr/lib/*/ossl-modules", "/usr/lib/*/engines-[0-9]*", "/usr/lib64/ossl-modules", "/usr/lib64/engines-[0-9]*", "/usr/lib/ossl-modules", "/usr/lib/engines-[0-9]*"}},
	{Name: "passwd", Text: "passwd and group files with root, nobody and the owners of bundled files", Accounts: []string{"root", "nobody"}},
	{Name: "shell", Text: "/bin/sh", Paths: []string{"/bin/sh"}},
	{Name: "terminfo", Text: "descriptions of common terminals and of the one that TERM names here", Find: terminals},
	{Name: "tmp", Text: "/tmp and /var/tmp for everyone", Folders: []string{"/tmp", "/var/tmp"}},
	{Name: "tz", Text: "all time zones, and the local one", Paths: []string{"/etc/localtime", "/etc/timezone"}, Find: zones},
}

var nssModules = []string{
	"/lib/*-linux-*/libnss_files.so.2", "/lib/*-linux-*/libnss_dns.so.2", "/lib/*-linux-*/libresolv.so.2",
	"/lib64/libnss_files.so.2", "/lib64/libnss_dns.so.2", "/lib64/libresolv.so.2",
}

// hosts knows the machine itself, as container engines let it.
var hosts = Made{"/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"}

// ofRule brings what the rule of that name has in the table, besides libraries.
func ofRule(name string) func(*scene) Brings {
	return func(s *scene) Brings {
		var b Brings
		for i := range Table {
			if r := &Table[i]; r.Name == name {
				if r.Find != nil {
					b = r.Find(s)
				}
				b.Globs = slices.Concat(b.Globs, r.Paths)
				b.Folders = slices.Concat(b.Folders, r.Folders)
			}
		}
		return b
	}
}

// mimeFiles brings the MIME database without the sources that it was made of.
func mimeFiles(*scene) Brings {
	return Brings{Leave: func(p string) bool { return path.Base(p) == "packages" || path.Ext(p) == ".xml" }}
}

// Addition returns what the addition of that name brings. By is empty in it.
func (e *Engine) Addition(name string) (Found, error) {
	i := slices.IndexFunc(Additions, func(a Addition) bool { return a.Name == name })
	if i < 0 {
		return Found{}, &NameError{name, AdditionNames()}
	}
	a := &Additions[i]
	r := Rule{Name: a.Name, Paths: a.Paths, Folders: a.Folders, Accounts: a.Accounts, Find: a.Find}
	f := e.bring(&r, &scene{e, &Object{}})
	f.Libraries = nil // there is no object to open them
	return f, nil
}

// AdditionNames returns the names of all additions.
func AdditionNames() []string {
	var names []string
	for i := range Additions {
		names = append(names, Additions[i].Name)
	}
	return names
}
