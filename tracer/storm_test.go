package tracer

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var storm = flag.Int("storm", 0, "how many opens each process of the storm makes, ten times over")

// stormers are the processes of the storm, each of which looks for as many
// files as stormNames in turn.
const (
	stormers   = 8
	stormNames = 100
	stormOpens = 1000
)

const stormSource = `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv) {
	for (int p = 0; p < atoi(argv[1]); p++)
		if (fork() == 0) {
			char name[32];
			for (int i = 0; i < atoi(argv[2]); i++) {
				snprintf(name, sizeof name, "%d-%d", p, i % atoi(argv[3]));
				close(open(name, O_RDONLY));
			}
			_exit(0);
		}
	while (wait(0) > 0);
	return 0;
}`

// TestStorm compares what is counted of a storm of opens with how many there
// were: whatever is missing must be said.
func TestStorm(t *testing.T) {
	opens, runs := stormOpens, 1
	if *storm > 0 {
		opens, runs = *storm, 10
	}
	binary := buildStorm(t)
	for _, backend := range permitted([]string{"notify", backendProbe}) {
		t.Run(backend, func(t *testing.T) {
			for range runs {
				checkStorm(t, stormed(t, binary, stormers, opens, Options{Backend: backend}), opens)
			}
		})
	}
}

// TestLoss lets the probe lose events, by a ring buffer that has room for some
// twenty. A few more fit the larger one of the second run, a storm does not.
func TestLoss(t *testing.T) {
	if len(permitted([]string{backendProbe})) == 0 {
		t.Skip("needs root, to load a BPF probe")
	}
	small := smallRing
	t.Cleanup(func() { smallRing = small })
	smallRing = os.Getpagesize()
	binary := buildStorm(t)
	again := 0
	o := Options{Backend: backendProbe, Again: func() { again++ }}
	const some = 100
	p := stormed(t, binary, 1, some, o)
	if again != 1 || len(p.Runs[0].Incomplete) > 0 || counted(p) != some {
		t.Errorf("run again %d times, %d opens were seen of %d, %q", again, counted(p), some, p.Runs[0].Incomplete)
	}
	p = stormed(t, binary, stormers, stormOpens, o)
	if again != 2 {
		t.Errorf("run again %d times, want once more", again)
	}
	checkStorm(t, p, stormOpens)

	smallRing /= 8
	var err error
	done := make(chan struct{})
	go alone(func() {
		defer close(done)
		p, err = tryProbed(t.Context(), stormCommand(binary, stormers, stormOpens), o, true)
	})
	<-done
	if err != nil || len(p.Runs[0].Incomplete) != 1 || !strings.Contains(p.Runs[0].Incomplete[0], "did not fit the ring buffer") {
		t.Errorf("%v, %q", err, p.Runs[0].Incomplete)
	}
}

// checkStorm compares what a profile holds with what there was.
func checkStorm(t *testing.T, p *Profile, opens int) {
	t.Helper()
	if lost := p.Runs[0].Incomplete; len(lost) > 0 {
		t.Log("loss was reported:", lost)
	} else if got := counted(p); got != stormers*opens {
		t.Errorf("%d opens were seen of %d, and nothing is said", got, stormers*opens)
	}
}

func buildStorm(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "storm")
	cmd := exec.Command("gcc", "-O1", "-x", "c", "-o", binary, "-")
	cmd.Stdin = strings.NewReader(stormSource)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %s", out)
	}
	return binary
}

func stormCommand(binary string, processes, opens int) Command {
	return Command{
		Path: binary, Args: []string{binary, strconv.Itoa(processes), strconv.Itoa(opens), strconv.Itoa(stormNames)},
		Dir: filepath.Dir(binary),
	}
}

// stormed traces the storm.
func stormed(t *testing.T, binary string, processes, opens int, o Options) *Profile {
	t.Helper()
	p, err := Run(t.Context(), stormCommand(binary, processes, opens), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counted returns how many of the storm's opens a profile holds.
func counted(p *Profile) (n int) {
	for _, a := range p.Accesses {
		if a.Op == Open && strings.HasPrefix(string(a.Path), string(p.Runs[0].Dir)+"/") {
			n += a.Count
		}
	}
	return n
}
