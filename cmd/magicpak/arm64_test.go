package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestARM64 bundles from a root file system for arm64: with this machine's
// binary, which executes nothing of it, and with the one for arm64 under
// qemu-user. Both bundles are the same, and run.
func TestARM64(t *testing.T) {
	if !*allExamples {
		t.Skip("makes a root directory with debootstrap: make examples runs it")
	}
	dir := t.TempDir()
	root := filepath.Join(dir, "root")
	output(t, "testdata/docker/arm64", root)
	native := buildMagicpak(t)
	foreign := filepath.Join(dir, "magicpak-arm64")
	build := exec.Command("go", "build", "-trimpath", "-o", foreign, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=arm64")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	output(t, native, "--root", root, "/bin/bash", one)
	output(t, "qemu-aarch64-static", foreign, "--root", root, "/bin/bash", two)
	output(t, "diff", "-r", "--no-dereference", one, two)
	output(t, "cp", output1(t, "which", "qemu-aarch64-static"), filepath.Join(one, "qemu"))
	if got := output1(t, "chroot", one, "/qemu", "/bin/bash", "-c", "echo $HOSTTYPE"); got != "aarch64" {
		t.Errorf("bash in the bundle says %q", got)
	}
	// The emulator does not trace; static analysis goes on.
	text := output(t, "qemu-aarch64-static", foreign, "--dry-run", "--dynamic", foreign, filepath.Join(dir, "three"))
	if !strings.Contains(text, "run by an emulator") || !strings.Contains(text, "nothing was run") {
		t.Errorf("--dynamic under an emulator said: %s", text)
	}
}

// output runs a command that must succeed and returns all that it prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// output1 returns the one line that a command prints.
func output1(t *testing.T, name string, args ...string) string {
	t.Helper()
	return strings.TrimSpace(output(t, name, args...))
}
