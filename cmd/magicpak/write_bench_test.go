package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var benchFiles = flag.Int("bench-files", 100_000, "how many small files BenchmarkWriteSmallFiles bundles")

// BenchmarkWriteSmallFiles bundles very many small files.
func BenchmarkWriteSmallFiles(b *testing.B) {
	source := b.TempDir()
	text := strings.Repeat("some text of a small file\n", 40)
	for i := range *benchFiles {
		dir := filepath.Join(source, fmt.Sprintf("tree/%03d", i/500))
		if i%500 == 0 {
			checkBench(b, os.MkdirAll(dir, 0o755))
		}
		checkBench(b, os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%06d", i)), []byte(text[:i%len(text)]), 0o644))
	}
	compareWithCp(b, source, "--include", source+"/tree", "/bin/true")
}

// BenchmarkWriteClangFormat bundles a program with large libraries.
func BenchmarkWriteClangFormat(b *testing.B) {
	source := filepath.Join(b.TempDir(), "bundle")
	checkBench(b, exec.Command("magicpak", "--log-level", "error", "/usr/bin/clang-format", source).Run())
	compareWithCp(b, source, "/usr/bin/clang-format")
}

func checkBench(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// compareWithCp lets magicpak bundle what args say and cp -a copy the same
// files, in turns, and reports the ratio of their shortest times. magicpak does
// not end before the bundle is on the disk, and so a copy with a sync is timed
// as well.
func compareWithCp(b *testing.B, source string, args ...string) {
	best := map[string]time.Duration{}
	measure := func(name string, script string, args ...string) {
		dir := b.TempDir()
		checkBench(b, exec.Command("sync").Run())
		cmd := exec.Command("sh", append([]string{"-c", script, dir}, args...)...)
		start := time.Now()
		if text, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v: %s", name, err, text)
		}
		if took := time.Since(start); best[name] == 0 || took < best[name] {
			best[name] = took
		}
		checkBench(b, os.RemoveAll(dir))
	}
	for b.Loop() {
		measure("cp", `cp -a "$1" "$0/out"`, source)
		measure("sync", `cp -a "$1" "$0/out" && sync -f "$0/out"`, source)
		measure("magicpak", `magicpak --progress none "$@" "$0/out"`, args...)
	}
	b.ReportMetric(best["magicpak"].Seconds()/best["cp"].Seconds(), "of-cp")
	b.ReportMetric(best["magicpak"].Seconds()/best["sync"].Seconds(), "of-cp-and-sync")
	for name, took := range best {
		b.ReportMetric(took.Seconds(), name+"-s")
	}
}
