package implied

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// programs: what single programs open that their strings do not tell, and what
// their names tell.
var programs = []Rule{
	{
		Name:     "nginx",
		Why:      "nginx reads its configuration and what that includes, and runs as the user that it names",
		On:       Signal{Names: []string{"nginx"}},
		Shown:    true,
		Paths:    []string{"/etc/nginx", "/usr/share/nginx"},
		Accounts: []string{"www-data", "nginx"},
	},
	{
		Name:  "git",
		Why:   "git starts the programs in its libexec folder, of 24 MB, and copies templates",
		On:    Signal{Names: []string{"git"}},
		Shown: true,
		Paths: []string{"/usr/lib/git-core", "/usr/libexec/git-core", "/usr/share/git-core/templates", "/etc/gitconfig"},
	},
	{
		Name:  "gnupg",
		Why:   "gpg leaves keys to an agent, which it starts, and starts what else it needs of its kin",
		On:    Signal{Names: []string{"gpg", "gpg2", "gpgsm"}},
		Shown: true,
		Paths: []string{"/usr/share/gnupg"},
		Find:  kin("gpg-agent", "gpgconf", "gpg-connect-agent", "keyboxd"),
	},
	{
		Name:  "groff",
		Why:   "groff starts its preprocessors, the formatter and one of its output drivers by name",
		On:    Signal{Names: []string{"groff", "nroff"}},
		Shown: true,
		Paths: []string{"/usr/share/groff", "/etc/groff"},
		Find:  kin("groff", "troff", "grotty", "grops", "grohtml", "post-grohtml", "pre-grohtml", "preconv", "tbl", "eqn", "pic", "refer", "grn", "soelim"),
	},
	{
		Name:  "xml-catalogs",
		Why:   "what checks or transforms XML finds schemas and style sheets by the catalogs in /etc/xml, which name what is in /usr/share/xml",
		On:    Signal{Names: []string{"xmllint", "xsltproc", "xmlcatalog"}},
		Shown: true,
		Paths: []string{"/etc/xml", "/usr/share/xml"},
	},
	{
		Name:  "slapd",
		Why:   "configurations of slapd include schemas from /etc/ldap",
		On:    Signal{Names: []string{"slapd", "slaptest", "slapadd"}},
		Shown: true,
		Paths: []string{"/etc/ldap/schema", "/etc/openldap/schema"},
	},
	{
		Name:  "cups",
		Why:   "the print server starts backends and filters, which its client library names too",
		On:    Signal{Names: []string{"cupsd", "cupsfilter"}},
		Shown: true,
		Paths: []string{"/usr/lib/cups", "/usr/share/cups", "/etc/cups"},
	},
	{
		Name:  "own",
		Why:   "a folder in share, lib, libexec or etc that has the executable's name holds what is its own, of 128 MB at most, where no other rule knows the name",
		On:    Signal{Unnamed: true},
		Shown: true,
		Find:  ownFolders,
	},
}

// kin returns a Find that brings programs which lie beside the executable.
func kin(names ...string) func(*scene) Brings {
	return func(s *scene) Brings {
		var b Brings
		for _, n := range names {
			b.Paths = append(b.Paths, path.Join(path.Dir(s.Path), n))
		}
		return b
	}
}

// maxOwn bounds the bytes of a folder that is an executable's own.
const maxOwn = 128 << 20

// variant is what follows a program's name where there are several of it.
var variant = regexp.MustCompile(`([-.].*|[-.]?[0-9.]+)$`)

// ownFolders brings the folders that have the executable's name, or that name
// with a version.
func ownFolders(s *scene) Brings {
	var b Brings
	for _, dir := range placesOfOwn(s) {
		for _, name := range namesOf(s) {
			for _, p := range slices.Concat(s.glob(dir+"/"+name), s.glob(dir+"/"+name+"-[0-9]*")) {
				walked := s.walkedPath(p)
				if own(walked) && !slices.Contains(notTrees, p) && s.isDir(p) && s.sizeUpTo(p, maxOwn) <= maxOwn {
					b.Paths = append(b.Paths, p)
				}
			}
		}
	}
	return b
}

// namesOf returns what the executable is called, as it was named and where it
// is, without what tells variants apart: vim for vim.basic.
func namesOf(s *scene) []string {
	var list []string
	for _, p := range []string{s.Path, s.Walked} {
		name := strings.TrimSuffix(path.Base(p), ".so")
		for _, n := range []string{name, variant.ReplaceAllString(name, "")} {
			if n != "" && !strings.ContainsAny(n, `*?[\`) && !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// placesOfOwn returns the folders in which programs have folders of their own.
func placesOfOwn(s *scene) []string {
	list := []string{"/etc"}
	for _, prefix := range prefixes(s) {
		for _, dir := range []string{"share", "lib", "lib64", "lib/*-linux-*", "libexec"} {
			list = append(list, path.Join(prefix, dir))
		}
	}
	return list
}
