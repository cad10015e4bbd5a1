package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"magicpak/bundler"
	"magicpak/elfdeps"
	"magicpak/elfdeps/ldcache"
	"magicpak/rootfs"
)

// A loaderFile is a file of the bundle's own that tells a loader where
// libraries are: glibc's cache or musl's path file.
type loaderFile interface {
	// list makes the loader find lib, walked, and tells whether that was new.
	list(lib *elfdeps.Library, walked string) bool
	content() []byte
}

// listLost puts what was lost into the loader files of the bundle. grown tells
// whether there was anything new to list.
func (b *bundling) listLost(lost []loss) (grown bool, err error) {
	changed := map[string]bool{}
	for _, l := range lost {
		at, file, err := b.loaderFile(l.program.res)
		if err != nil {
			return false, err
		}
		if file == nil || strings.Contains(l.Name, "/") {
			continue
		}
		walked, err := b.walkedParent(l.lib.Path)
		if err != nil {
			return false, err
		}
		changed[at] = file.list(l.lib, walked) || changed[at]
	}
	for at, new := range changed {
		if !new {
			continue
		}
		grown = true
		if err := b.manifest.AddContent(at, b.loaderFiles[at].content(), 0o644, bundler.Origin{Kind: bundler.LoaderCache}); err != nil {
			return false, err
		}
	}
	return grown, nil
}

// loaderFile returns the file that the loader of res reads, and its path. The
// file is nil where the loader has none, or the user brought or left out that path.
func (b *bundling) loaderFile(res *elfdeps.Result) (string, loaderFile, error) {
	at := res.Policy.Cache
	if res.Policy.Libc == elfdeps.Musl {
		at = res.Policy.PathFile
	}
	if f := b.loaderFiles[at]; f != nil || at == "" || b.excludes(at) {
		return at, f, nil
	}
	if _, err := rootfs.Lstat(b.manifest, at); err == nil {
		return at, nil, nil
	}
	f, err := b.newLoaderFile(res, at)
	if err == nil {
		b.loaderFiles[at] = f
	}
	return at, f, err
}

// excludes tells whether --exclude names a path that nothing brought yet.
func (b *bundling) excludes(path string) bool {
	return slices.ContainsFunc(b.exclude, func(glob string) bool { return doublestar.MatchUnvalidated(glob, path) })
}

// pathFileLimit bounds what is read of musl's path file.
const pathFileLimit = 1 << 20

func (b *bundling) newLoaderFile(res *elfdeps.Result, at string) (loaderFile, error) {
	if res.Policy.Libc != elfdeps.Musl {
		return &cacheFile{}, nil
	}
	dirs := slices.Clone(res.Policy.Dirs)
	if data, err := rootfs.ReadFile(b.tree, at, pathFileLimit); err == nil {
		dirs = strings.FieldsFunc(string(data), func(r rune) bool { return r == ':' || r == '\n' })
	}
	return &pathFile{dirs}, nil
}

// walkedParent returns p with the links, "." and ".." of its directory walked,
// so that the loader goes there without a detour.
func (b *bundling) walkedParent(p string) (string, error) {
	dir := p[:strings.LastIndexByte(p, '/')+1]
	place, err := rootfs.Stat(b.tree, dir)
	if err != nil {
		return "", fmt.Errorf("find the folder of library: %w", err)
	}
	return path.Join(place.Path, p[len(dir):]), nil
}

// A cacheFile is an ld.so.cache.
type cacheFile struct {
	ldcache.Cache
	order ldcache.Order
}

func (c *cacheFile) list(lib *elfdeps.Library, walked string) bool {
	flags, known := ldcache.Flags(lib.Object.Machine, lib.Object.Class, lib.Object.Flags)
	e := ldcache.Entry{Name: lib.Name, Path: walked, Flags: flags}
	// Of two paths for one name the loader takes one: the first stays.
	if !known || slices.ContainsFunc(c.Entries, func(o ldcache.Entry) bool { return o.Name == e.Name && o.Flags == e.Flags }) {
		return false
	}
	c.order = lib.Object.ByteOrder()
	c.Entries = append(c.Entries, e)
	return true
}

func (c *cacheFile) content() []byte { return c.Encode(c.order) }

// A pathFile is musl's list of folders, which replaces its default ones.
type pathFile struct{ dirs []string }

func (f *pathFile) list(_ *elfdeps.Library, walked string) bool {
	dir := path.Dir(walked)
	if slices.Contains(f.dirs, dir) {
		return false
	}
	f.dirs = append(f.dirs, dir)
	return true
}

func (f *pathFile) content() []byte { return []byte(strings.Join(f.dirs, "\n") + "\n") }
