package elfdeps_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// asHelper names the variable that makes the test binary one of the programs
// that the tests start.
const asHelper = "ELFDEPS_TEST_HELPER"

func TestMain(m *testing.M) {
	var err error
	switch os.Getenv(asHelper) {
	case "":
		os.Exit(m.Run())
	case "inroot":
		err = inRoot(os.Args[1:])
	case "elfedit":
		err = elfEdit(os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// inRoot executes args with $INROOT as the root directory and /proc in it, in
// which the loader finds $ORIGIN of an executable. It must run in a mount
// namespace of its own.
func inRoot(args []string) error {
	runtime.LockOSThread()
	root, cwd := os.Getenv("INROOT"), os.Getenv("INROOT_CWD")
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("/proc", filepath.Join(root, "proc"), "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	if err := unix.Chroot(root); err != nil {
		return fmt.Errorf("chroot: %w", err)
	}
	if err := os.Chdir(cwd); err != nil {
		return err
	}
	if os.Getenv("INROOT_USER") != "" {
		const nobody = 65534
		if err := unix.Setresgid(nobody, nobody, nobody); err != nil {
			return err
		}
		if err := unix.Setresuid(nobody, nobody, nobody); err != nil {
			return err
		}
	}
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "INROOT") && !strings.HasPrefix(v, asHelper) {
			env = append(env, v)
		}
	}
	err := unix.Exec(args[0], args, env)
	return &exec.Error{Name: args[0], Err: err}
}

// elfEdit changes dynamic tags of a 64-bit file: FILE TAG NEWTAG. The last
// entry of that tag gets the new one.
func elfEdit(args []string) error {
	b, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	from, err := dynTag(args[1])
	if err != nil {
		return err
	}
	to, err := dynTag(args[2])
	if err != nil {
		return err
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return err
	}
	s := f.Section(".dynamic")
	for at := s.Offset + s.Size - 16; at >= s.Offset; at -= 16 {
		if elf.DynTag(binary.LittleEndian.Uint64(b[at:])) == from {
			binary.LittleEndian.PutUint64(b[at:], uint64(to))
			return os.WriteFile(args[0], b, 0o755)
		}
	}
	return fmt.Errorf("%s has no %v", args[0], from)
}

// dynTag reads a tag's name.
func dynTag(name string) (elf.DynTag, error) {
	for _, tag := range []elf.DynTag{elf.DT_NEEDED, elf.DT_RPATH, elf.DT_RUNPATH, elf.DT_AUXILIARY, elf.DT_FILTER, elf.DT_SONAME} {
		if tag.String() == name {
			return tag, nil
		}
	}
	return 0, fmt.Errorf("tag %s is not known", name)
}
