package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/bundler/upx"
)

// A toolError reports a program that magicpak calls and that is not there.
type toolError struct {
	option string // that names it
	name   string // as it was looked for
	cause  error
	hint   string
}

func (e *toolError) Error() string { return fmt.Sprintf("--%s %s: %v", e.option, e.name, e.cause) }

const upxHint = "install the package upx-ucl (Debian 12 has it in bookworm-backports), or name one with --upx PATH"

// findUpx looks upx up before the work that would be lost without it.
func (b *bundling) findUpx() error {
	if b.packer == nil {
		return nil
	}
	path, err := exec.LookPath(b.packer.Path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return &toolError{"upx", b.packer.Path, lookupCause(err), upxHint}
	}
	b.packer.Path = path
	return nil
}

// lookupCause returns why a program was not found, without its name.
func lookupCause(err error) error {
	var lookup *exec.Error
	var path *fs.PathError
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	if errors.As(err, &path) {
		err = path.Err
	}
	return err
}

// compress packs the inputs. What is not packed is bundled as it is, with a
// warning.
func (b *bundling) compress() error {
	if b.packer == nil {
		return nil
	}
	for e := range b.manifest.Entries() {
		if !e.IsFile() || !slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool { return o.Kind == bundler.Input }) {
			continue
		}
		err := b.pack(e)
		var refused *upx.RefusedError
		if errors.As(err, &refused) {
			slog.Warn(fmt.Sprintf("%s is not compressed: %s", e.Path, refused.Reason))
		} else if err != nil {
			return fmt.Errorf("compress %s: %w", e.Path, err)
		}
	}
	return nil
}

// pack replaces what e holds. The file is copied first: upx looks at modes and
// links, and the file that is bundled may be an earlier state of the one on disk.
func (b *bundling) pack(e *bundler.Entry) error {
	dir, err := b.scratchDir("upx-*")
	if err != nil {
		return err
	}
	original, packed := filepath.Join(dir, "original"), filepath.Join(dir, "packed")
	if err := b.copyOut(e, original); err != nil {
		return err
	}
	if err := b.packer.Pack(b.ctx, original, packed); err != nil {
		return err
	}
	before, err := weigh(original)
	if err != nil {
		return err
	}
	after, err := weigh(packed)
	if err != nil {
		return err
	}
	tellWeight(e.Path, before, after)
	b.manifest.SetContents(e.Path, packed, after.Raw)
	return os.Remove(original)
}

// copyOut copies what e will hold to the file at to, or says why it is not to
// be packed.
func (b *bundling) copyOut(e *bundler.Entry, to string) error {
	from, err := b.manifest.Open(e.Path)
	if err != nil {
		return err
	}
	defer from.Close()
	magic := make([]byte, len(elf.ELFMAG))
	if _, err := from.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch file, _ := from.(*os.File); {
	case bytes.HasPrefix(magic, []byte("#!")):
		return &upx.RefusedError{Reason: "it is a script"}
	case e.Stat.Mode&(unix.S_ISUID|unix.S_ISGID) != 0:
		return &upx.RefusedError{Reason: "it has set-user-ID or set-group-ID bits"}
	case file != nil && hasCapabilities(file):
		return &upx.RefusedError{Reason: "it has capabilities"}
	}
	copied, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, io.NewSectionReader(from, 0, math.MaxInt64))
	return errors.Join(err, copied.Close())
}

// hasCapabilities tells whether the file gives capabilities to who executes it
// (capabilities(7)).
func hasCapabilities(file *os.File) bool {
	n, err := unix.Fgetxattr(int(file.Fd()), "security.capability", nil)
	return err == nil && n > 0
}

func weigh(file string) (upx.Weight, error) {
	f, err := os.Open(file)
	if err != nil {
		return upx.Weight{}, err
	}
	defer f.Close()
	return upx.Weigh(f)
}

// tellWeight prints what packing is good for. What counts for a pull is the
// compressed layer, which packing often makes larger.
func tellWeight(path string, before, after upx.Weight) {
	var lines, larger []string
	for _, w := range []struct {
		what          string
		before, after int64
	}{
		{"as it is", before.Raw, after.Raw},
		{"in a gzip layer", before.Gzip, after.Gzip},
		{"in a zstd layer", before.Zstd, after.Zstd},
	} {
		line := fmt.Sprintf("%s %s → %s", w.what, byteText(w.before), byteText(w.after))
		lines = append(lines, line)
		if w.after > w.before {
			larger = append(larger, line)
		}
	}
	slog.Info(path + "  compressed: " + strings.Join(lines, ", "))
	if len(larger) > 0 {
		slog.Warn(fmt.Sprintf("compressing %s makes what is pulled larger: %s", path, strings.Join(larger, ", ")))
	}
}
