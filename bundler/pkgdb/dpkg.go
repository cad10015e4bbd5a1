package pkgdb

import (
	"strings"

	"magicpak/rootfs"
)

// readDpkg reads /var/lib/dpkg/info: NAME.list, or NAME:ARCH.list for packages
// that may be there for several machines. Those of the root's own machine are
// known by both names.
func (db *DB) readDpkg(root rootfs.Tree) error {
	dir, list := names(root, "/var/lib/dpkg/info")
	for _, file := range list {
		pkg, ok := strings.CutSuffix(file, ".list")
		if !ok {
			continue
		}
		text, err := rootfs.ReadFile(root, dir+"/"+file, maxList)
		if err != nil {
			return err
		}
		short, _, qualified := strings.Cut(pkg, ":")
		for line := range strings.Lines(string(text)) {
			p := strings.TrimSuffix(line, "\n")
			if p == "/." || p == "" {
				continue
			}
			db.add(pkg, p)
			if qualified {
				db.add(short, p)
			}
		}
	}
	return nil
}

// readDistroless reads /var/lib/dpkg/status.d, where a distroless image has a
// file for each package and one with the sums of its files.
func (db *DB) readDistroless(root rootfs.Tree) error {
	dir, list := names(root, "/var/lib/dpkg/status.d")
	for _, file := range list {
		pkg, ok := strings.CutSuffix(file, ".md5sums")
		if !ok {
			continue
		}
		text, err := rootfs.ReadFile(root, dir+"/"+file, maxList)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			_, p, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
			if p = clean(p); ok && p != "" {
				db.add(pkg, p)
			}
		}
	}
	return nil
}
