package tracer

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// generic are the names that the common table has for calls which a 64-bit
// architecture calls otherwise.
var generic = map[string]string{"newfstatat": "3264_fstatat", "truncate": "3264_truncate", "statfs": "3264_statfs"}

func TestNumbersAreTheKernels(t *testing.T) {
	for _, h := range []struct {
		name    string
		column  int
		files   []string
		is      *regexp.Regexp
		renamed map[string]string
	}{
		{"amd64", onAMD64, []string{"/usr/include/*/asm/unistd_64.h"}, nrDefine, nil},
		{"i386", on386, []string{"/usr/include/*/asm/unistd_32.h"}, nrDefine, nil},
		{"arm64", onARM64, []string{"/usr/include/asm-generic/unistd.h"}, nrDefine, generic},
		{"arm64 of x/sys", onARM64, []string{xsys(t, "zsysnum_linux_arm64.go")}, sysConst, nil},
		{"arm of x/sys", onARM, []string{xsys(t, "zsysnum_linux_arm.go")}, sysConst, nil},
	} {
		t.Run(h.name, func(t *testing.T) {
			numbers := tableIn(t, h.files, h.is)
			compared := 0
			for _, c := range calls {
				name := c.name
				if other := h.renamed[name]; other != "" {
					name = other
				}
				want, defined := numbers[name]
				if strings.HasSuffix(name, "_time64") && h.column == onARM64 {
					continue // of the common table, but for 32 bits
				}
				if defined && c.nr[h.column] != want {
					t.Errorf("%s is %d, want %d", c.name, c.nr[h.column], want)
				}
				if defined {
					compared++
				} else if nr := c.nr[h.column]; nr >= 0 && nr < 450 {
					t.Errorf("%s has the number %d, but no header knows it", c.name, nr)
				}
			}
			if compared < 60 {
				t.Errorf("only %d calls are in the headers", compared)
			}
		})
	}
}

func TestNumbersOfX32(t *testing.T) {
	numbers := tableIn(t, []string{"/usr/include/*/asm/unistd_x32.h"}, regexp.MustCompile(`^#define __NR_(\w+) \(__X32_SYSCALL_BIT \+ (\d+)\)`))
	x32 := &abi{column: onAMD64, bit: x32Bit, extra: map[int]string{520: "execve", 521: "ptrace", 545: "execveat"}}
	x32.fill()
	for _, c := range calls {
		nr, defined := numbers[c.name]
		if got, _ := x32.call(uint64(nr | x32Bit)); defined && (got == nil || got.name != c.name) {
			t.Errorf("%d is %v, want %s", nr, got, c.name)
		}
	}
}

var (
	nrDefine = regexp.MustCompile(`^#define __NR_?(\w+)\s+(\d+)$`)
	sysConst = regexp.MustCompile(`^\tSYS_(\w+) += (\d+)$`)
)

func tableIn(t *testing.T, patterns []string, is *regexp.Regexp) map[string]int {
	t.Helper()
	numbers := map[string]int{}
	for _, pattern := range patterns {
		files, _ := filepath.Glob(pattern)
		if len(files) == 0 {
			t.Fatalf("%s is missing: install the kernel's headers (linux-libc-dev)", pattern)
		}
		f, err := os.Open(files[0])
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if m := is.FindStringSubmatch(s.Text()); m != nil {
				numbers[strings.ToLower(m[1])], _ = strconv.Atoi(m[2])
			}
		}
	}
	return numbers
}

// xsys returns a file of golang.org/x/sys/unix, whose numbers were generated
// from the kernel's headers for all architectures.
func xsys(t *testing.T, name string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "golang.org/x/sys/unix").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), name)
}
