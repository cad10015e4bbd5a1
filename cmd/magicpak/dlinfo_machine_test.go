package main

import (
	"context"
	"debug/elf"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestDlinfoAgrees asks the loaders of this machine's executables, for as long
// as is bearable. They must take what the native resolver takes. What libraries
// open as they are loaded comes on top of that, and is logged.
func TestDlinfoAgrees(t *testing.T) {
	limit := 20 * time.Second
	if testing.Short() {
		limit = 2 * time.Second
	}
	files := dynamicExecutables(t, "/usr/bin", "/usr/sbin")
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
	p, err := planFor("--resolver", "dlinfo", "/bin/true", filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBundling(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.scratch.Close(); err != nil {
			t.Error(err)
		}
	}()
	said, asked := recordLog(t), 0
	for deadline := time.Now().Add(limit); asked < len(files) && time.Now().Before(deadline); asked++ {
		if res, err := b.resolve(files[asked]); err == nil && len(b.asking.mapped[res.Path]) > 0 {
			t.Logf("%s: also mapped %v", files[asked], b.asking.mapped[res.Path])
		}
	}
	for line := range strings.Lines(said.String()) {
		if strings.Contains(line, "the loader takes") && strings.Contains(line, "level=WARN") || strings.Contains(line, "and it does not") {
			t.Error(line)
		}
	}
	t.Logf("%d of %d executables asked", asked, len(files))
	if len(b.asking.answers) < asked/2 {
		t.Errorf("%d answers:\n%s", len(b.asking.answers), said)
	}
}

// dynamicExecutables lists the executables of dirs that name an interpreter.
func dynamicExecutables(t *testing.T, dirs ...string) []string {
	t.Helper()
	var list []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			if e.Type().IsRegular() && hasInterpreter(path) {
				list = append(list, path)
			}
		}
	}
	return list
}

func hasInterpreter(path string) bool {
	f, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return slices.ContainsFunc(f.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP })
}
