package bundler

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

// The kernel tells an error of the disk once, maybe to a sync that is not the
// last one. It must fail the bundle all the same.
func TestEarlySyncFails(t *testing.T) {
	m := newManifest(t, modest(t))
	for i := range filesPerSync {
		must(t, m.AddContent(fmt.Sprintf("/many/%d", i), nil, 0o644, Origin{Kind: MadeFolder}))
	}
	out := filepath.Join(t.TempDir(), "out")
	var early atomic.Int32
	fault := func(op, path string) error {
		if op == "sync" && strings.Contains(path, workInfix) {
			early.Add(1)
			return unix.EIO
		}
		return nil
	}
	_, err := Write(context.Background(), m, out, Options{fault: fault})
	if early.Load() != 1 || !errors.Is(err, unix.EIO) || !namesFile.MatchString(err.Error()) {
		t.Errorf("%d early syncs failed: %v", early.Load(), err)
	}
	if names, err := os.ReadDir(filepath.Dir(out)); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}
