package main

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// buildBinary returns the path of magicpak as it is shipped.
func buildBinary(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "magicpak")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// BenchmarkDepsMachine is "magicpak deps" over all ELF files of this machine in
// one process, in milliseconds for each.
func BenchmarkDepsMachine(b *testing.B) {
	magicpak, files := buildBinary(b), machineFiles(b)
	names := strings.Join(files, "\n")
	var cpu time.Duration
	for b.Loop() {
		cmd := exec.Command(magicpak, "deps", "--format", "paths", "-")
		cmd.Stdin = strings.NewReader(names)
		if out, err := cmd.Output(); len(out) == 0 {
			b.Fatal(err)
		}
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	b.ReportMetric(cpu.Seconds()*1000/float64(b.N*len(files)), "cpu-ms/file")
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N*len(files)), "ms/file")
	b.ReportMetric(float64(len(files)), "files")
}

// machineFiles lists the executables and libraries below /usr and /opt.
func machineFiles(b *testing.B) []string {
	b.Helper()
	var list []string
	for _, dir := range []string{"/usr", "/opt"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() && isELF(path) {
				list = append(list, path)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return list
}

func isELF(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var magic [4]byte
	_, err = f.Read(magic[:])
	return err == nil && string(magic[:]) == elf.ELFMAG
}

// BenchmarkDepsFile is one file against others that tell the same, in the same
// run: how many times as long as magicpak each takes.
func BenchmarkDepsFile(b *testing.B) {
	magicpak := buildBinary(b)
	for _, file := range []string{"/usr/bin/clang-format", "/usr/bin/git", "/usr/bin/ffmpeg", "/usr/bin/python3"} {
		b.Run(filepath.Base(file), func(b *testing.B) {
			if _, err := os.Stat(file); err != nil {
				b.Skip(err)
			}
			others := map[string]func() *exec.Cmd{
				"ld.so":   traced(file),
				"lddtree": tool("lddtree", file),
				"libtree": tool("libtree", file),
			}
			own, times := time.Duration(0), map[string]time.Duration{}
			for b.Loop() {
				own += took(b, exec.Command(magicpak, "deps", file))
				for name, cmd := range others {
					if cmd != nil {
						times[name] += took(b, cmd())
					}
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(own.Seconds()*1000/float64(b.N), "ms/magicpak")
			for name, d := range times {
				b.ReportMetric(float64(d)/float64(own), name+"/magicpak")
			}
		})
	}
}

// traced asks the program interpreter of file.
func traced(file string) func() *exec.Cmd {
	f, err := elf.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		path := make([]byte, p.Filesz)
		if _, err := p.ReadAt(path, 0); err != nil {
			return nil
		}
		return func() *exec.Cmd {
			cmd := exec.Command(string(bytes.TrimRight(path, "\x00")), file)
			cmd.Env = []string{"LD_TRACE_LOADED_OBJECTS=1"}
			return cmd
		}
	}
	return nil
}

func tool(name, file string) func() *exec.Cmd {
	if _, err := exec.LookPath(name); err != nil {
		return nil
	}
	return func() *exec.Cmd {
		cmd := exec.Command(name, file)
		cmd.Env = []string{"PATH=/usr/bin:/bin"} // of which Debian's lddtree has its Python
		return cmd
	}
}

// took runs cmd and returns how long it took.
func took(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	start := time.Now()
	if out, err := cmd.Output(); err != nil {
		b.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return time.Since(start)
}
