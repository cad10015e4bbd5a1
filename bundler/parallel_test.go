package bundler

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Of several runs with one output one wins, and the others say why they fail.
func TestRunsSideBySide(t *testing.T) {
	source := everything(t)
	whole := snapshot(t, string(source))
	dir := t.TempDir()
	mount := filepath.Join(dir, "mount")
	must(t, os.Mkdir(mount, 0o755))
	mountOn(t, mount, mount, "", unix.MS_BIND)
	for _, out := range []string{filepath.Join(dir, "new/out"), mount} {
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			m := wholeManifest(t, source)
			wait.Go(func() { _, errs[i] = Write(context.Background(), m, out, Options{}) })
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			var refused *OutputError
			switch {
			case err == nil:
				won++
			case !errors.As(err, &refused):
				t.Errorf("%s: %v", out, err)
			}
		}
		if won != 1 {
			t.Errorf("%s: %d runs won", out, won)
		}
		for _, d := range differences(snapshot(t, out), whole) {
			t.Error(d)
		}
		if left := globAll(t, filepath.Dir(out)+"/.*"); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

// A staged bundle can be looked at where it is and then be discarded, or be
// committed after another one was.
func TestStagedAgain(t *testing.T) {
	source := everything(t)
	whole := snapshot(t, string(source))
	for kind, path := range places(t) {
		out, err := OpenOutput(path)
		must(t, err)
		for _, commit := range []bool{false, true} {
			s, err := Stage(context.Background(), wholeManifest(t, source), out, Options{})
			must(t, err)
			if _, err := os.Stat(filepath.Join(s.Dir(), "etc/plain")); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			must(t, os.Mkdir(filepath.Join(s.Dir(), "proc"), 0o755))
			must(t, os.Remove(filepath.Join(s.Dir(), "proc")))
			if commit {
				_, err = s.Commit()
				must(t, err)
			}
			must(t, s.Discard())
		}
		must(t, out.Close())
		for _, d := range differences(snapshot(t, path), whole) {
			t.Errorf("%s: %s", kind, d)
		}
	}
}
