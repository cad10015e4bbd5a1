package pkgdb

import (
	"errors"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// readApk reads apk's file of installed packages: P: begins a package's name,
// F: a folder, R: a file in the folder before it.
func (db *DB) readApk(root rootfs.Tree) error {
	for _, file := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		text, err := rootfs.ReadFile(root, file, maxList)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
			continue
		}
		if err != nil {
			return err
		}
		db.parseApk(string(text))
		return nil
	}
	return nil
}

func (db *DB) parseApk(text string) {
	pkg, dir := "", ""
	for line := range strings.Lines(text) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		switch {
		case !ok:
		case key == "P":
			pkg, dir = value, ""
		case pkg == "":
		case key == "F":
			if dir = clean(value); dir != "" {
				db.add(pkg, dir)
			}
		case key == "R":
			db.add(pkg, path.Join("/", dir, value))
		}
	}
}
