package bundler

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

func TestAddWalkedDoesNotFollow(t *testing.T) {
	m := newManifest(t, sourceRoot(t))
	must(t, m.AddWalked("/lib/deep/libx.so.1", Origin{Kind: Input}))
	want := []string{"/", "/lib", "/usr", "/usr/lib", "/usr/lib/deep", "/usr/lib/deep/libx.so.1"}
	if got := paths(m); !slices.Equal(got, want) {
		t.Errorf("entries %v\nwant %v", got, want)
	}
}

// The earlier state of a file wins over the present one, in whatever order
// both are added.
func TestAddKept(t *testing.T) {
	source := sourceRoot(t)
	kept := filepath.Join(t.TempDir(), "kept")
	must(t, os.WriteFile(kept, []byte("earlier"), 0o600))
	m := newManifest(t, source)
	_, err := m.Add("/usr/bin/tool", Origin{Kind: Input})
	must(t, err)
	st := unix.Stat_t{Mode: unix.S_IFREG | 0o4711, Uid: 7, Gid: 8, Size: 7, Mtim: unix.Timespec{Sec: 99}, Nlink: 1}
	for _, p := range []string{"/usr/bin/tool", "/gone/folder/tool"} {
		must(t, m.AddKept(Entry{Path: p, Stat: st, Copy: kept}, Origin{Kind: Needed}))
	}
	must(t, m.AddKept(Entry{Path: "/gone/link", Stat: unix.Stat_t{Mode: unix.S_IFLNK | 0o777}, Target: "elsewhere"}, Origin{Kind: Needed}))
	_, err = m.Add("/usr/bin/tool", Origin{Kind: Preload})
	must(t, err)
	if got := m.Entry("/usr/bin/tool").Origins; len(got) != 3 {
		t.Errorf("origins %v, want three", got)
	}

	out := filepath.Join(t.TempDir(), "out")
	_, err = Write(context.Background(), m, out, Options{})
	must(t, err)
	written := rootfs.Dir(out)
	for _, p := range []string{"/usr/bin/tool", "/gone/folder/tool"} {
		b, err := rootfs.ReadFile(written, p, 100)
		must(t, err)
		got, err := written.Lstat(p)
		must(t, err)
		if string(b) != "earlier" || got.Mode != st.Mode || got.Uid != 7 || got.Mtim.Sec != 99 {
			t.Errorf("%s: %q, mode %o, owner %d, time %d", p, b, got.Mode, got.Uid, got.Mtim.Sec)
		}
	}
	if dir, err := written.Lstat("/gone/folder"); err != nil || dir.Mode != unix.S_IFDIR|0o755 {
		t.Errorf("folder above: mode %o, %v", dir.Mode, err)
	}
	if target, err := written.Readlink("/gone/link"); target != "elsewhere" {
		t.Errorf("link to %q, %v", target, err)
	}
}

func TestAddKeptRefuses(t *testing.T) {
	m := newManifest(t, sourceRoot(t))
	_, err := m.Add("/lib/deep/libx.so.1", Origin{Kind: Input})
	must(t, err)
	for _, p := range []string{"", "/", "a", "/../a", "/a/../b", "/a/", "/a//b", "/a\x00b", "/.wh.a/b", "/a/.wh.b", "/lib/x"} {
		if err := m.AddKept(Entry{Path: p, Stat: unix.Stat_t{Mode: unix.S_IFREG}}, Origin{Kind: Input}); err == nil {
			t.Errorf("%q is taken", p)
		}
	}
}
