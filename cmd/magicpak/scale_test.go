package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const mostMemory = 64 << 20

// TestScale bundles very many files, and a file of a tebibyte that is one hole:
// in little memory, and without writing the hole.
func TestScale(t *testing.T) {
	many := 100_000
	if testing.Short() {
		many = 20_000
	}
	source := t.TempDir()
	for i := range many {
		dir := filepath.Join(source, fmt.Sprintf("tree/%03d", i/500))
		if i%500 == 0 {
			check(t, os.MkdirAll(dir, 0o755))
		}
		check(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%06d", i)), []byte(strings.Repeat("x", i%300)), 0o644))
	}
	sparse := filepath.Join(source, "sparse")
	check(t, os.WriteFile(sparse, []byte("data"), 0o644))
	check(t, os.Truncate(sparse, 1<<40))
	for _, c := range []struct {
		include string
		files   int
	}{{filepath.Join(source, "tree"), many}, {sparse, 1}} {
		out := filepath.Join(t.TempDir(), "out")
		cmd := exec.Command("magicpak", "--include", c.include, "/bin/true", out)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		// Of the process that ended, and of this one when it began.
		memory := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
		t.Logf("%s: %d MiB", filepath.Base(c.include), memory>>20)
		if memory > mostMemory {
			t.Errorf("%s: %d MiB of memory, want less than %d", c.include, memory>>20, mostMemory>>20)
		}
		files, blocks := countFiles(t, filepath.Join(out, c.include))
		if files != c.files {
			t.Errorf("%s: %d files, want %d", c.include, files, c.files)
		}
		if c.include == sparse && blocks*512 > 1<<20 {
			t.Errorf("the hole takes %d bytes on the disk", blocks*512)
		}
	}
}

// countFiles counts the files at or below p, and the blocks of 512 bytes that they take.
func countFiles(t *testing.T, p string) (files int, blocks int64) {
	t.Helper()
	check(t, filepath.WalkDir(p, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		files++
		blocks += info.Sys().(*syscall.Stat_t).Blocks
		return err
	}))
	return files, blocks
}
