package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A killing is a place in which runs are killed.
type killing struct {
	*testing.T
	source, out string
	inside      bool   // out is filled, not replaced
	whole       string // the bundle, as treeOf describes it
}

// TestKilledRuns kills runs at random moments. The output is then what it was
// or the whole bundle, never half of it, and the next run leaves nothing of
// them. An output that is filled may hold a part of the bundle, but beside it
// the work folder by which the next run knows.
func TestKilledRuns(t *testing.T) {
	kills := 100 // in each place
	if testing.Short() {
		kills = 10
	}
	source := filepath.Join(t.TempDir(), "source")
	for i := range 120 {
		file := filepath.Join(source, fmt.Sprintf("%d/%d/%d", i%3, i%7, i))
		check(t, os.MkdirAll(filepath.Dir(file), 0o755))
		check(t, os.WriteFile(file, []byte(strings.Repeat("x", i*i*20)), 0o644))
	}
	memory := t.TempDir() // where to sync takes no time
	if err := unix.Mount("tmpfs", memory, "tmpfs", 0, ""); err != nil {
		if os.Geteuid() == 0 {
			t.Fatalf("mount(2): %v", err)
		}
		t.Skip("needs root, to mount")
	}
	defer unix.Unmount(memory, unix.MNT_DETACH)
	t.Run("missing", func(t *testing.T) {
		k := &killing{T: t, source: source, out: filepath.Join(memory, "folder/out")}
		check(t, os.Mkdir(filepath.Dir(k.out), 0o755))
		k.run(kills)
		check(t, os.RemoveAll(filepath.Dir(k.out)))
	})
	t.Run("mount", func(t *testing.T) {
		k := &killing{T: t, source: source, out: memory, inside: true}
		k.run(kills)
	})
}

func (k *killing) run(kills int) {
	took := time.Hour
	for range 3 {
		start := time.Now()
		k.complete()
		took = min(took, time.Since(start))
	}
	wholes := 0
	for range kills {
		signal := []unix.Signal{unix.SIGKILL, unix.SIGKILL, unix.SIGTERM, unix.SIGINT}[rand.IntN(4)]
		if k.killed(signal, rand.N(took)) {
			wholes++
			k.clear()
		}
		if rand.IntN(10) == 0 {
			k.complete()
		}
	}
	k.complete()
	k.Logf("%d kills within %v: %d came too late", kills, took, wholes)
}

func (k *killing) command() *exec.Cmd {
	return exec.Command("magicpak", "--include", k.source, "/bin/true", k.out)
}

// complete makes a run that is not disturbed, and clears its output.
func (k *killing) complete() {
	k.Helper()
	if out, err := k.command().CombinedOutput(); err != nil {
		k.Fatalf("%v: %s", err, out)
	}
	got := treeOf(k.T, k.out)
	if k.whole == "" {
		k.whole = got
	}
	if got != k.whole {
		k.Fatalf("bundle after killed runs:\n%s\nwant\n%s", got, k.whole)
	}
	k.clear()
	if left := k.left(); left != "" {
		k.Fatalf("left behind:\n%s", left)
	}
}

// killed starts a run and sends it a signal after a while. It returns whether
// the bundle is there.
func (k *killing) killed(signal unix.Signal, after time.Duration) bool {
	k.Helper()
	clean := k.left() == ""
	cmd := k.command()
	check(k.T, cmd.Start())
	time.Sleep(after)
	cmd.Process.Signal(signal)
	err := cmd.Wait()
	at := fmt.Sprintf("%v after %v: %v", signal, after, err)
	got := treeOf(k.T, k.out)
	switch whole := got == k.whole; {
	case err == nil && !whole:
		k.Fatalf("%s: status 0, and no whole bundle:\n%s", at, got)
	case statusOf(err) > 0 && statusOf(err) != 128+int(signal):
		k.Fatalf("%s: want status %d", at, 128+int(signal))
	case statusOf(err) > 0 && clean && k.left() != "":
		k.Fatalf("%s: left behind:\n%s", at, k.left())
	case whole:
		return true
	case got != "" && !(k.inside && strings.Contains(got, ".magicpak-in-")):
		k.Fatalf("%s: half a bundle:\n%s", at, got)
	}
	return false
}

// clear makes the output what it was before.
func (k *killing) clear() {
	k.Helper()
	if !k.inside {
		check(k.T, os.RemoveAll(k.out))
		return
	}
	names, err := os.ReadDir(k.out)
	check(k.T, err)
	for _, n := range names {
		check(k.T, os.RemoveAll(filepath.Join(k.out, n.Name())))
	}
}

// left lists what is where the output was, without a whole bundle.
func (k *killing) left() string {
	k.Helper()
	if k.inside {
		if got := treeOf(k.T, k.out); got != k.whole {
			return got
		}
		return ""
	}
	names, err := os.ReadDir(filepath.Dir(k.out))
	check(k.T, err)
	var list []string
	for _, n := range names {
		if n.Name() != filepath.Base(k.out) {
			list = append(list, n.Name())
		}
	}
	return strings.Join(list, "\n")
}

// treeOf describes all that is in a folder, which need not be there. Times of
// folders are left out: those above the source change all the time.
func treeOf(t *testing.T, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		info, err := d.Info()
		if err == nil && !info.IsDir() {
			fmt.Fprintln(&list, strings.TrimPrefix(p, dir), info.Mode(), info.Size(), info.ModTime().UnixNano())
		} else if err == nil {
			fmt.Fprintln(&list, strings.TrimPrefix(p, dir), info.Mode())
		}
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		check(t, err)
	}
	return list.String()
}
