package bundler

import (
	"context"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var raceTime = flag.Duration("race-time", 3*time.Second, "how long TestRace attacks the writer")

// An attacker exchanges folders, files and links on the way to the output and
// in the work folder for links that lead outside and for folders of its own.
type attacker struct {
	*testing.T
	dir     string // all is in here
	lock    sync.Mutex
	swaps   int
	back    func()            // exchanges back
	outside map[string]string // what is there and must stay
	decoys  map[string]int    // open folders of its own, by name
}

func (a *attacker) at(p string) string { return filepath.Join(a.dir, p) }

// setUp makes what must not be touched: files by the names that the bundle has.
func (a *attacker) setUp(names map[string]string) {
	for name, line := range names {
		p := a.at("outside" + name)
		if strings.HasPrefix(line, "4") {
			must(a.T, os.MkdirAll(p, 0o755))
		} else {
			must(a.T, os.MkdirAll(filepath.Dir(p), 0o755))
			must(a.T, os.WriteFile(p, []byte("canary"), 0o644))
		}
	}
	a.outside = snapshot(a.T, a.at("outside"))
	a.Cleanup(a.closeDecoys)
}

// lay puts everything into its place anew.
func (a *attacker) lay() {
	a.closeDecoys()
	a.back = nil
	must(a.T, os.RemoveAll(a.at("area")))
	must(a.T, os.MkdirAll(a.at("area/parent"), 0o755))
	must(a.T, os.Symlink(a.at("outside"), a.at("area/link")))
	must(a.T, os.Symlink(a.at("outside/etc/plain"), a.at("area/filelink")))
	for _, name := range []string{"decoy", "closed"} {
		must(a.T, os.Mkdir(a.at("area/"+name), 0o700))
		must(a.T, os.WriteFile(a.at("area/"+name+"/canary"), nil, 0o600))
		fd, err := unix.Open(a.at("area/"+name), readFolder, 0)
		must(a.T, err)
		a.decoys[name] = fd
	}
	must(a.T, unix.Chmod(a.at("area/decoy"), 0o755))
}

func (a *attacker) closeDecoys() {
	for _, fd := range a.decoys {
		unix.Close(fd)
	}
	a.decoys = map[string]int{}
}

// attack goes on until stop is closed.
func (a *attacker) attack(stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		a.lock.Lock()
		if back := a.pick(); back != nil {
			back()
		}
		a.lock.Unlock()
		time.Sleep(100 * time.Microsecond)
	}
}

// swap exchanges two files, and returns what exchanges them back.
func (a *attacker) swap(x, y string) func() {
	exchange := func() error {
		return unix.Renameat2(unix.AT_FDCWD, a.at(x), unix.AT_FDCWD, a.at(y), unix.RENAME_EXCHANGE)
	}
	if exchange() != nil {
		return nil
	}
	a.swaps++
	return func() { exchange() }
}

// pick exchanges something.
func (a *attacker) pick() func() {
	bait := []string{"area/link", "area/filelink", "area/decoy", "area/closed"}
	if rand.IntN(8) == 0 {
		return a.swap("area/parent", "area/link")
	}
	victim := a.victim()
	if victim == "" {
		return nil
	}
	return a.swap(victim, bait[rand.IntN(len(bait))])
}

// step, before a system call of the writer, exchanges something, or back what
// was exchanged before an earlier one.
func (a *attacker) step(string, string) error {
	a.lock.Lock()
	defer a.lock.Unlock()
	switch {
	case a.back != nil && rand.IntN(2) == 0:
		a.back()
		a.back = nil
	case a.back == nil && rand.IntN(10) == 0:
		a.back = a.pick()
	}
	return nil
}

// victim picks the work folder or something in it. It goes through no link, so
// that the attacker changes nothing outside himself.
func (a *attacker) victim() string {
	at, names := "area/parent", a.names("area/parent")
	names = slices.DeleteFunc(names, func(n string) bool { return !isWorkName(n) })
	for more := rand.IntN(4); len(names) > 0 && more >= 0; more-- {
		at += "/" + names[rand.IntN(len(names))]
		names = a.names(at)
	}
	if at == "area/parent" {
		return ""
	}
	return at
}

func (a *attacker) names(dir string) []string {
	info, err := os.Lstat(a.at(dir))
	if err != nil || !info.IsDir() {
		return nil
	}
	var names []string
	entries, _ := os.ReadDir(a.at(dir))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// Whatever another process puts in the place of what the writer makes, and of
// the folders above, nothing is written but what the writer made.
func TestRace(t *testing.T) {
	source := everything(t)
	a := &attacker{T: t, dir: t.TempDir()}
	mountOn(t, "tmpfs", a.dir, "tmpfs", 0)
	a.setUp(snapshot(t, string(source)))
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() { a.attack(stop) })
	runs, good := 0, 0
	for start := time.Now(); time.Since(start) < *raceTime; runs++ {
		if a.written(wholeManifest(t, source), []string{"out", "sub/out"}[runs%2]) == nil {
			good++
		}
	}
	close(stop)
	wait.Wait()
	t.Logf("%d runs, %d good, %d exchanges", runs, good, a.swaps)
	if a.swaps < 100 || good == runs {
		t.Errorf("%d exchanges, %d of %d runs good: this is no attack", a.swaps, good, runs)
	}
}

// written writes one bundle under attack and looks for damage.
func (a *attacker) written(m *Manifest, name string) error {
	a.Helper()
	a.lock.Lock()
	a.lay()
	out, err := OpenOutput(a.at("area/parent/" + name))
	a.lock.Unlock()
	must(a.T, err)
	defer out.Close()
	s, err := Stage(context.Background(), m, out, Options{fault: a.step})
	if err == nil {
		_, err = s.Commit()
	}
	a.lock.Lock()
	defer a.lock.Unlock()
	if now := snapshot(a.T, a.at("outside")); !maps.Equal(now, a.outside) {
		a.Fatalf("outside, after %v: %q", err, differences(now, a.outside))
	}
	for name, fd := range a.decoys {
		var names []string
		must(a.T, (&kernel{}).names(fd, name, func(n string) error { names = append(names, n); return nil }))
		if len(names) != 1 {
			a.Fatalf("%s, after %v: %q", name, err, names)
		}
	}
	return err
}
