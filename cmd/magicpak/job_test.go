package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestTailKeepsTheEnd(t *testing.T) {
	var all bytes.Buffer
	var kept tail
	for i := range 20000 {
		line := fmt.Sprintf("line %d\n\n", i)
		all.WriteString(line)
		kept.Write([]byte(line))
	}
	if got, want := kept.lines(3), []string{"line 19997", "line 19998", "line 19999"}; !slices.Equal(got, want) {
		t.Errorf("last lines %q, want %q", got, want)
	}
	if len(kept.buf) > 2*tailSize || len(kept.buf) < tailSize || !bytes.HasSuffix(all.Bytes(), kept.buf) {
		t.Errorf("%d bytes are kept, want the last %d to %d", len(kept.buf), tailSize, 2*tailSize)
	}
	// One piece that is larger than all that is kept.
	if n, err := kept.Write(all.Bytes()); n != all.Len() || err != nil {
		t.Errorf("write of %d bytes: %d, %v", all.Len(), n, err)
	}
	if !bytes.HasSuffix(all.Bytes(), kept.buf) || len(kept.buf) != tailSize {
		t.Errorf("%d bytes are kept of a large piece, want its last %d", len(kept.buf), tailSize)
	}
	kept.reset()
	if got := kept.lines(3); len(got) != 0 {
		t.Errorf("lines after a reset: %q", got)
	}
	kept.Write([]byte("trace:\n\tat main\t\n \t\n"))
	if got, want := kept.lines(3), []string{"trace:", "    at main"}; !slices.Equal(got, want) {
		t.Errorf("lines of a trace %q, want %q", got, want)
	}
}

// TestShellQuote asks a shell what it makes of quoted words.
func TestShellQuote(t *testing.T) {
	for _, word := range []string{"plain-1.0", "", "two words", `it's "$HOME"`, "a\nb", "*", "~", "ü"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellQuote(word)).Output()
		if err != nil || string(out) != word {
			t.Errorf("sh reads %s as %q (%v), want %q", shellQuote(word), out, err, word)
		}
	}
	if got := shellQuote("plain-1.0"); got != "plain-1.0" {
		t.Errorf("a plain word is quoted: %s", got)
	}
}

func TestEnvironmentOfRuns(t *testing.T) {
	t.Setenv("INHERITED", "1")
	t.Setenv("CHANGED", "old")
	d := &dynamicPlan{env: []string{"CHANGED=new", "ADDED=a=b", "ADDED=c"}, dir: "/some/where"}
	env := d.environment()
	for _, want := range []string{"INHERITED=1", "CHANGED=new", "ADDED=c", "PWD=/some/where"} {
		name, _, _ := strings.Cut(want, "=")
		var got []string
		for _, kv := range env {
			if strings.HasPrefix(kv, name+"=") {
				got = append(got, kv)
			}
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%s in the run's environment: %q, want %q", name, got, want)
		}
	}
}

func TestStatusText(t *testing.T) {
	for status, want := range map[int]string{
		0: "exit status 0", 3: "exit status 3", 128: "exit status 128",
		139: "killed by signal SIGSEGV", 143: "killed by signal SIGTERM", 255: "exit status 255",
	} {
		if got := statusText(status); got != want {
			t.Errorf("status %d is %q, want %q", status, got, want)
		}
	}
}
