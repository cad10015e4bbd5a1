package bundler

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"magicpak/rootfs"
)

// smallFiles makes a root with n files of some bytes in folders of 500.
func smallFiles(t testing.TB, n int) string {
	t.Helper()
	root := t.TempDir()
	text := strings.Repeat("some text of a small file\n", 40)
	for i := range n {
		dir := filepath.Join(root, fmt.Sprintf("tree/%03d", i/500))
		if i%500 == 0 {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("file-%06d", i)), []byte(text[:i%len(text)]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// compareWithCp writes what is in root as a bundle and copies it with cp -a,
// in turns, and reports the ratio of their shortest times.
func compareWithCp(b *testing.B, root string) {
	best := map[string]time.Duration{}
	take := func(name string, f func(out string)) {
		out := filepath.Join(b.TempDir(), "out")
		start := time.Now()
		f(out)
		if d := time.Since(start); best[name] == 0 || d < best[name] {
			best[name] = d
		}
		os.RemoveAll(out)
		exec.Command("sync", "-f", b.TempDir()).Run()
	}
	for b.Loop() {
		take("cp", func(out string) { run(b, "cp", "-a", root, out) })
		take("cp+sync", func(out string) { run(b, "cp", "-a", root, out); run(b, "sync", "-f", out) })
		take("bundle", func(out string) {
			m, err := New(rootfs.Dir(root))
			if err == nil {
				_, err = m.Include("/")
			}
			if err == nil {
				_, err = Write(context.Background(), m, out, Options{})
			}
			if err != nil {
				b.Fatal(err)
			}
		})
	}
	b.ReportMetric(best["bundle"].Seconds()/best["cp"].Seconds(), "bundle/cp")
	b.ReportMetric(best["bundle"].Seconds()/best["cp+sync"].Seconds(), "bundle/cp+sync")
	for name, d := range best {
		b.ReportMetric(float64(d.Milliseconds()), name+"-ms")
	}
}

func run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// benchFiles is as many as issue 3 asks for.
const benchFiles = 20_000

func BenchmarkSmallFiles(b *testing.B) { compareWithCp(b, smallFiles(b, benchFiles)) }
