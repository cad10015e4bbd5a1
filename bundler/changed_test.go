package bundler

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A source that changes while it is copied is copied again, three times, and
// each way to change is noticed.
func TestChangedSource(t *testing.T) {
	write := func(p, text string) error { return os.WriteFile(p, []byte(text), 0o644) }
	changes := map[string]func(p string) error{
		"longer":  func(p string) error { return write(p, strings.Repeat("l", 99_999)) },
		"shorter": func(p string) error { return write(p, "s") },
		"as long": func(p string) error { return write(p, strings.Repeat("a", 90_000)) },
		"mode":    func(p string) error { return unix.Chmod(p, 0o751) },
		"time":    func(p string) error { return unix.Utimes(p, []unix.Timeval{{Sec: 7}, {Sec: 7}}) },
		"replaced": func(p string) error {
			return errors.Join(write(p+"+", strings.Repeat("b", 90_000)), os.Rename(p+"+", p))
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			p := filepath.Join(root, "f")
			must(t, write(p, strings.Repeat("a", 90_000)))
			m := newManifest(t, rootfs.Dir(root))
			must(t, m.AddTree("/f", Origin{Kind: Input}))
			once := false
			out := filepath.Join(t.TempDir(), "out")
			_, err := Write(context.Background(), m, out, Options{fault: func(op, path string) error {
				if path == "/f" && (op == "copy" || op == "read") && !once {
					once = true
					return change(p)
				}
				return nil
			}})
			must(t, err)
			if got, want := snapshot(t, out)["/f"], snapshot(t, root)["/f"]; got != want || !once {
				t.Errorf("wrote %s\nwant %s", got, want)
			}
		})
	}
}

// A source that goes on changing, or is gone, or is another kind of file now,
// fails the bundle with its name.
func TestUnsteadySource(t *testing.T) {
	root := t.TempDir()
	p := filepath.Join(root, "deep/f")
	replace := func(make func() error) error { return errors.Join(os.Remove(p), make()) }
	n := 0
	cases := []struct {
		name   string
		change func() error
		want   ChangedError
		opens  int
	}{
		{"changing", func() error { n++; return os.WriteFile(p, make([]byte, n), 0o600) }, ChangedError{"/deep/f", false}, 4},
		{"gone", func() error { return replace(func() error { return nil }) }, ChangedError{"/deep/f", true}, 4},
		{"folder gone", func() error { return os.RemoveAll(filepath.Dir(p)) }, ChangedError{"/deep/f", true}, 4},
		{"fifo", func() error { return replace(func() error { return unix.Mkfifo(p, 0o600) }) }, ChangedError{"/deep/f", false}, 4},
		{"link", func() error { return replace(func() error { return os.Symlink("/etc/passwd", p) }) }, ChangedError{"/deep/f", false}, 4},
		{"device", func() error { return replace(func() error { return unix.Mknod(p, unix.S_IFCHR, 5<<8) }) }, ChangedError{"/deep/f", false}, 4},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			must(t, os.RemoveAll(filepath.Dir(p)))
			must(t, os.Mkdir(filepath.Dir(p), 0o755))
			must(t, os.WriteFile(p, []byte("planned"), 0o644))
			m := newManifest(t, rootfs.Dir(root))
			must(t, m.AddTree("/deep/f", Origin{Kind: Input}))
			opens := 0
			out := filepath.Join(t.TempDir(), "out")
			_, err := Write(context.Background(), m, out, Options{fault: func(op, path string) error {
				if op == "open" && path == "/deep/f" {
					if opens++; opens == 1 || c.name == "changing" {
						return c.change()
					}
				}
				return nil
			}})
			var changed *ChangedError
			if !errors.As(err, &changed) || *changed != c.want {
				t.Errorf("%v, want %v", err, &c.want)
			}
			if opens != c.opens && c.name != "folder gone" {
				t.Errorf("%d attempts, want %d", opens, c.opens)
			}
			if _, err := os.Lstat(out); err == nil {
				t.Error("the bundle is there")
			}
		})
	}
}
