package pkgdb

import (
	"fmt"

	"magicpak/rootfs"
)

// An UnreadableError reports a database of a kind that is not read here. rpm has
// three, which are those of sqlite, of Berkeley DB and one of its own. A driver
// for the first is half as large as all of magicpak (4.5 MB), and writes beside
// the database that it reads; rpm itself lists the files of a package.
type UnreadableError struct {
	Path string
	Kind string
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("%s is %s, which is not read", e.Path, e.Kind)
}

// rpmFiles are the names of rpm's databases.
var rpmFiles = []struct{ name, kind string }{
	{"rpmdb.sqlite", "an rpm database in sqlite's format"},
	{"Packages.db", "an rpm database in its own format (ndb)"},
	{"Packages", "an rpm database in Berkeley DB's format"},
}

// rpm returns an UnreadableError where the root has a database of rpm's, nil else.
// The folder in /usr is where /var/lib/rpm leads to by now.
func rpm(root rootfs.Tree) error {
	for _, dir := range []string{"/usr/lib/sysimage/rpm", "/var/lib/rpm"} {
		for _, f := range rpmFiles {
			if p := dir + "/" + f.name; exists(root, p) {
				return &UnreadableError{p, f.kind}
			}
		}
	}
	return nil
}

func exists(root rootfs.Tree, p string) bool {
	_, err := rootfs.Stat(root, p)
	return err == nil
}
