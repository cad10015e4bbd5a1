package bundler

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What is written is what was there, in each place that a bundle can go to.
func TestWriteEverything(t *testing.T) {
	source := everything(t)
	want := snapshot(t, string(source))
	for name, out := range places(t) {
		t.Run(name, func(t *testing.T) {
			report, err := Write(context.Background(), wholeManifest(t, source), out, Options{})
			must(t, err)
			for _, d := range differences(snapshot(t, out), want) {
				t.Error(d)
			}
			if len(report.NoOwner) > 0 || len(report.NoXattr) > 0 || report.NoProc > 0 || report.Files != len(want) {
				t.Errorf("report %+v, want %d files and no loss", report, len(want))
			}
			var sparse, was unix.Stat_t
			must(t, unix.Stat(filepath.Join(out, "etc/sparse"), &sparse))
			must(t, unix.Stat(filepath.Join(string(source), "etc/sparse"), &was))
			if sparse.Blocks > was.Blocks {
				t.Errorf("%d blocks for a sparse file of %d", sparse.Blocks, was.Blocks)
			}
		})
	}
}

// places returns an output of each kind.
func places(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	at := func(p string) string { return filepath.Join(dir, p) }
	for _, p := range []string{"empty", "mount", "bind"} {
		must(t, os.Mkdir(at(p), 0o700))
	}
	mountOn(t, "tmpfs", at("mount"), "tmpfs", 0)
	mountOn(t, at("bind"), at("bind"), "", unix.MS_BIND)
	return map[string]string{
		"missing": at("missing"), "missing parents": at("a/b/c"), "empty": at("empty"),
		"mount": at("mount"), "bind mount": at("bind"),
	}
}

func mountOn(t *testing.T, source, target, fs string, flags uintptr) {
	t.Helper()
	if err := unix.Mount(source, target, fs, flags, ""); err != nil {
		if os.Geteuid() == 0 {
			t.Fatalf("mount(2): %v", err)
		}
		t.Skip("needs root, to mount")
	}
	t.Cleanup(func() { must(t, unix.Unmount(target, unix.MNT_DETACH)) })
}

// A file system in user space that writes behind, as containers are built on.
func TestWriteToFUSE(t *testing.T) {
	program, err := exec.LookPath("fuse-overlayfs")
	if err != nil {
		t.Skip("needs the program fuse-overlayfs")
	}
	dir := t.TempDir()
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	merged := filepath.Join(dir, "merged")
	cmd := exec.Command(program, "-o", "lowerdir=lower,upperdir=upper,workdir=work", merged)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("fuse-overlayfs: %v: %s", err, text)
	}
	t.Cleanup(func() { must(t, unix.Unmount(merged, unix.MNT_DETACH)) })
	source := everything(t)
	out := filepath.Join(merged, "out")
	report, err := Write(context.Background(), wholeManifest(t, source), out, Options{})
	must(t, err)
	if want := []string{"/bin/up"}; !slices.Equal(report.NoXattr, want) {
		t.Errorf("attributes lost of %q, want of %q", report.NoXattr, want)
	}
	want := snapshot(t, string(source))
	want["/bin/up"], _, _ = strings.Cut(want["/bin/up"], " trusted.link")
	for _, d := range differences(snapshot(t, out), want) {
		t.Error(d)
	}
}
