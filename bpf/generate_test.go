package bpf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestGenerated makes the objects again and compares them with those that are
// committed.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	tool := filepath.Join(dir, "bpf2go")
	run(t, ".", "go", "build", "-o", tool, "github.com/cilium/ebpf/cmd/bpf2go")
	for _, name := range []string{"probe.bpf.c", "kernel.h", "generate.go"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = bytes.Replace(data, []byte("go tool bpf2go"), []byte(tool), 1)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, "go", "generate", "generate.go")
	made, err := filepath.Glob(filepath.Join(dir, "probe_*_bpfel.*"))
	if err != nil || len(made) != 4 {
		t.Fatalf("made %v, %v; want a Go file and an object for two machines", made, err)
	}
	for _, path := range made {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Base(path))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate makes (%v)", filepath.Base(path), err)
		}
	}
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
