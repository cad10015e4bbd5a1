// Package pkgdb reads which installed package owns which files of a root: the
// databases of dpkg (Debian and its kin; also the reduced one of distroless
// images) and of apk (Alpine). rpm's is recognised, and not read ([UnreadableError]).
// Nothing is executed.
//
// dpkg keeps, for each package, a list of the paths that it installed as the
// package has them: /bin/ls, where /bin may be a link to usr/bin by now. So a
// walked path is looked up both with and without /usr in front.
package pkgdb

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"magicpak/rootfs"
)

// ErrNone is what a root without a database that can be read is reported with.
var ErrNone = errors.New("no database of dpkg or apk")

// A NotInstalledError reports a package that the database does not have.
type NotInstalledError struct {
	Name string
	Near string // an installed package of a like name, or ""
}

func (e *NotInstalledError) Error() string { return fmt.Sprintf("package %s is not installed", e.Name) }

// A DB knows the files of installed packages.
type DB struct {
	files  map[string][]string // by package, as the database lists them
	owners map[string]string   // package by path as listed
}

// maxList bounds the bytes of one file of a database.
const maxList = 256 << 20

// Open reads the database of the root.
func Open(root rootfs.Tree) (*DB, error) {
	db := &DB{files: map[string][]string{}, owners: map[string]string{}}
	for _, read := range []func(rootfs.Tree) error{db.readDpkg, db.readDistroless, db.readApk} {
		if err := read(root); err != nil {
			return nil, err
		}
	}
	if len(db.files) > 0 {
		return db, nil
	}
	if err := rpm(root); err != nil {
		return nil, err
	}
	return nil, ErrNone
}

// add notes that the package has the file.
func (db *DB) add(pkg, p string) {
	db.files[pkg] = append(db.files[pkg], p)
	db.owners[p] = pkg
}

// Owner returns the package that has the file at a walked path, "" for none. A
// folder may have several: the last one is returned.
func (db *DB) Owner(p string) string {
	if pkg := db.owners[p]; pkg != "" {
		return pkg
	}
	if short, ok := strings.CutPrefix(p, "/usr/"); ok {
		return db.owners["/"+short]
	}
	return ""
}

// Files returns the paths of the package's files and folders without
// documentation, sorted.
func (db *DB) Files(pkg string) ([]string, error) {
	files, ok := db.files[pkg]
	if !ok {
		return nil, &NotInstalledError{pkg, db.near(pkg)}
	}
	list := slices.DeleteFunc(slices.Clone(files), IsDocumentation)
	slices.Sort(list)
	return slices.Compact(list), nil
}

// near returns an installed package whose name begins with name, or else one
// with whose name it begins.
func (db *DB) near(name string) string {
	var longer, shorter []string
	for pkg := range db.files {
		switch {
		case strings.HasPrefix(pkg, name):
			longer = append(longer, pkg)
		case strings.HasPrefix(name, pkg):
			shorter = append(shorter, pkg)
		}
	}
	switch {
	case len(longer) > 0:
		return slices.Min(longer)
	case len(shorter) > 0:
		return slices.Max(shorter)
	}
	return ""
}

// documentation are folders of what nobody reads in a container.
var documentation = []string{
	"/usr/share/doc", "/usr/share/doc-base", "/usr/share/man", "/usr/share/info", "/usr/share/lintian", "/usr/share/bug",
	"/usr/share/licenses", "/usr/share/gtk-doc", "/usr/share/help",
}

// IsDocumentation tells whether p is a file or folder of documentation.
func IsDocumentation(p string) bool {
	return slices.ContainsFunc(documentation, func(dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") })
}

// names lists a folder, none where there is no such folder.
func names(root rootfs.Tree, dir string) (string, []string) {
	place, err := rootfs.Stat(root, dir)
	if err != nil {
		return "", nil
	}
	list, _ := root.ReadDir(place.Path)
	return place.Path, list
}

// clean makes a path of a database absolute, "" for the root itself.
func clean(p string) string {
	if p = path.Join("/", p); p == "/" {
		return ""
	}
	return p
}
