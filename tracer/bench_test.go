package tracer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const openLoop = `#include <fcntl.h>
#include <unistd.h>
int main(void) {
	for (int i = 0; i < 200000; i++) close(open("/etc/passwd", O_RDONLY));
	return 0;
}`

const forkLoop = `#include <sys/wait.h>
#include <unistd.h>
int main(void) {
	char *argv[] = {"true", 0};
	for (int i = 0; i < 5000; i++) {
		if (fork() == 0) { execv("/bin/true", argv); _exit(1); }
		wait(0);
	}
	return 0;
}`

// workloads are what is measured, as shell commands in a folder that has the
// programs above and six C files.
var workloads = []struct{ name, command string }{
	{"open", "exec ./open"},
	{"find", "exec find /usr -size +1M"},
	{"python", "exec /usr/bin/python3 -c 'import json, ssl, asyncio, email, http.server, unittest, xml.dom.minidom, sqlite3, decimal'"},
	{"gcc", "for i in 1 2 3 4 5 6; do gcc -O1 -c c$i.c; done"},
	{"fork", "exec ./fork"},
}

// BenchmarkTrace runs each workload untraced, with strace and with each backend,
// and reports the wall time and the processor time of all that was run, as
// multiples of those of the untraced program, and the extra time as a part of
// strace's. "beyond-start-cpu" is the extra processor time without what the backend
// takes for a program that does nothing.
func BenchmarkTrace(b *testing.B) {
	dir := b.TempDir()
	prepareWorkloads(b, dir)
	nothing := measure(b, dir, exec.Command("/bin/true"))
	start := map[string]time.Duration{}
	backends := permitted([]string{"ptrace", "notify", backendProbe})
	for _, backend := range backends {
		start[backend] = measure(b, dir, helperCommand(backend, "/bin/true")).cpu - nothing.cpu
	}
	for _, w := range workloads {
		plain := measure(b, dir, exec.Command("sh", "-c", w.command))
		strace := measure(b, dir, exec.Command("strace", "-f", "--seccomp-bpf", "-e", "trace=%file", "-o", "/dev/null", "sh", "-c", w.command))
		b.Run(w.name+"/strace", func(b *testing.B) { report(b, strace, plain, strace) })
		for _, backend := range backends {
			b.Run(w.name+"/"+backend, func(b *testing.B) {
				got := measure(b, dir, helperCommand(backend, "/bin/sh", "-c", w.command))
				report(b, got, plain, strace)
				b.ReportMetric((got.cpu-plain.cpu-start[backend]).Seconds()/(strace.cpu-plain.cpu).Seconds(), "beyond-start-cpu/strace")
			})
		}
	}
}

func prepareWorkloads(b *testing.B, dir string) {
	for name, source := range map[string]string{"open": openLoop, "fork": forkLoop} {
		path := filepath.Join(dir, name+".c")
		if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
			b.Fatal(err)
		}
		if out, err := exec.Command("gcc", "-O1", "-o", filepath.Join(dir, name), path).CombinedOutput(); err != nil {
			b.Fatalf("gcc: %s", out)
		}
	}
	for _, n := range strings.Fields("1 2 3 4 5 6") {
		if err := os.WriteFile(filepath.Join(dir, "c"+n+".c"), []byte("#include <stdio.h>\nint f"+n+"(void) { return puts(\"x\"); }\n"), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

type cost struct{ wall, cpu time.Duration }

// measure returns the least of three runs, or of fewer that take long.
func measure(b *testing.B, dir string, cmd *exec.Cmd) cost {
	b.Helper()
	const long = 5 * time.Second
	var best cost
	for i, begin := 0, time.Now(); i < 3 && (i == 0 || time.Since(begin) < long); i++ {
		c := *cmd
		c.Dir = dir
		start := time.Now()
		if err := c.Run(); err != nil {
			b.Fatalf("%v: %v", c.Args, err)
		}
		got := cost{time.Since(start), c.ProcessState.UserTime() + c.ProcessState.SystemTime()}
		if i == 0 {
			best = got
		}
		best = cost{min(best.wall, got.wall), min(best.cpu, got.cpu)}
	}
	return best
}

func report(b *testing.B, got, plain, strace cost) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(got.wall.Seconds()/plain.wall.Seconds(), "wall/untraced")
	b.ReportMetric(got.cpu.Seconds()/plain.cpu.Seconds(), "cpu/untraced")
	b.ReportMetric((got.cpu-plain.cpu).Seconds()/(strace.cpu-plain.cpu).Seconds(), "extra-cpu/strace")
	b.ReportMetric((got.wall-plain.wall).Seconds()/(strace.wall-plain.wall).Seconds(), "extra-wall/strace")
}
