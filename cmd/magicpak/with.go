package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/bundler/pkgdb"
	"magicpak/elfdeps/implied"
	"magicpak/rootfs"
)

// packagePrefix marks a package among what --with names.
const packagePrefix = "pkg:"

// setWith takes the list of --with.
func (p *plan) setWith(list string) error {
	if list == "" {
		return nil
	}
	p.with = strings.Split(list, ",")
	for _, name := range p.with {
		switch {
		case name == "" || name == packagePrefix:
			return misuse("--with %s: a name is empty", list)
		case !strings.HasPrefix(name, packagePrefix) && !slices.Contains(implied.AdditionNames(), name):
			return &usageError{
				fmt.Sprintf("--with %s: nothing is named %q", list, name),
				"it is one of " + strings.Join(implied.AdditionNames(), ", ") + ", or pkg:NAME for an installed package",
			}
		}
	}
	return nil
}

// wantsWithHelp tells whether --with asks what there is.
func wantsWithHelp(list string) bool {
	return slices.Contains(strings.Split(list, ","), "help")
}

// printAdditions lists what --with can add, with the sizes in the root.
func printAdditions(root string) error {
	if err := checkRoot(root); err != nil {
		return err
	}
	fmt.Println("What --with can add, and its size here without the libraries that it needs:")
	for _, a := range implied.Additions {
		e := &implied.Engine{Root: rootfs.Cached(rootfs.Dir(root)), Env: os.Getenv}
		f, err := e.Addition(a.Name)
		if err != nil {
			return err
		}
		size := byteText(f.Bytes)
		if len(f.Paths)+len(f.Folders)+len(f.Accounts)+len(f.Made) == 0 {
			size = "not here"
		}
		fmt.Printf("  %-10s %10s  %s\n", a.Name, size, a.Text)
	}
	fmt.Printf("  %-10s %10s  %s\n", "pkg:NAME", "", "all files of an installed package but its documentation")
	return nil
}

// addWith adds what --with names.
func (b *bundling) addWith() error {
	for _, name := range b.with {
		o := bundler.Origin{Kind: bundler.With, Detail: name}
		if pkg, ok := strings.CutPrefix(name, packagePrefix); ok {
			if err := b.addPackage(pkg, o); err != nil {
				return err
			}
			continue
		}
		f, err := b.implying.engine.Addition(name)
		if err != nil {
			return err
		}
		if len(f.Paths)+len(f.Folders)+len(f.Accounts)+len(f.Made) == 0 {
			slog.Warn(fmt.Sprintf("--with %s: there is nothing of it here", name))
		}
		if err := b.bring(f, o); err != nil {
			return err
		}
	}
	return nil
}

// addPackage adds the files of an installed package.
func (b *bundling) addPackage(pkg string, o bundler.Origin) error {
	db, err := b.packages()
	if err != nil {
		return fmt.Errorf("--with %s: %w", o.Detail, err)
	}
	files, err := db.Files(pkg)
	if err != nil {
		return fmt.Errorf("--with %s: %w", o.Detail, err)
	}
	before := b.manifestBytes()
	for _, p := range files {
		if err := b.addOwned(p, o); err != nil {
			return err
		}
	}
	slog.Info(fmt.Sprintf("package %s: %d files, %s with libraries", pkg, len(files), byteText(b.manifestBytes()-before)))
	return nil
}

// packages reads the root's database of packages, once.
func (b *bundling) packages() (*pkgdb.DB, error) {
	if b.pkgs == nil {
		db, err := pkgdb.Open(b.tree)
		if err != nil {
			return nil, err
		}
		b.pkgs = db
	}
	return b.pkgs, nil
}

// addOwned adds a file, link or folder of a package, without what the folder
// holds of others. A file that was removed since is passed over.
func (b *bundling) addOwned(p string, o bundler.Origin) error {
	walked, err := b.manifest.Add(p, o)
	if errors.Is(err, unix.ENOENT) {
		err = b.manifest.AddWalked(p, o)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
			slog.Debug(p + ": not there any more")
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	return b.addIfELF(walked)
}

// manifestBytes sums the sizes of the bundle's files so far.
func (b *bundling) manifestBytes() (sum int64) {
	for e := range b.manifest.Entries() {
		if e.IsFile() {
			sum += e.Stat.Size
		}
	}
	return sum
}
