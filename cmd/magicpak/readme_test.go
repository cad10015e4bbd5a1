package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readme returns the text of README.md.
func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	must(t, err)
	return string(text)
}

// TestReadme runs the commands that README.md shows with a prompt, one after the
// other as a reader copies them, and wants of each what README shows.
func TestReadme(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: README calls chroot")
	}
	commands := transcripts(readme(t))
	if len(commands) < 7 {
		t.Fatalf("found %d commands in README.md", len(commands))
	}
	dir := t.TempDir()
	for _, c := range commands {
		cmd := exec.Command("sh", "-c", c.line)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "MAGICPAK_PROGRESS=none")
		out, err := cmd.CombinedOutput()
		if failed := strings.Contains(c.shown, "error: "); failed != (err != nil) {
			t.Errorf("%s: %v\n%s", c.line, err, out)
		}
		if !c.matches(string(out)) {
			t.Errorf("%s prints\n%sREADME.md shows\n%s", c.line, out, c.shown)
		}
	}
}

// TestReadmeImages builds the images of README.md that are whole, and runs them.
func TestReadmeImages(t *testing.T) {
	if !*allExamples {
		t.Skip("installs packages: make examples builds them")
	}
	needEngine(t)
	baseImages(t)
	dir := t.TempDir()
	must(t, os.Rename(buildMagicpak(t), filepath.Join(dir, "magicpak")))
	must(t, os.CopyFS(filepath.Join(dir, "app"), os.DirFS("../../example/python/app")))
	blocks := regexp.MustCompile("(?s)```dockerfile\n(FROM .*?)```").FindAllStringSubmatch(readme(t), -1)
	if len(blocks) < 2 {
		t.Fatalf("found %d Dockerfiles in README.md", len(blocks))
	}
	for i, b := range blocks {
		tag := fmt.Sprintf("magicpak-test-readme-%d", i)
		dockerfile := strings.ReplaceAll(b[1], "debian:bookworm", "magicpak-test-debian")
		must(t, os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(dockerfile), 0o644))
		dockerBuild(t, dir, "--tag="+tag)
		t.Cleanup(func() { removeImage(t, tag) })
		t.Logf("%s prints %s", tag, runContainer(t, tag, "", nil))
	}
}

// A transcript is a command, and what README shows of its output.
type transcript struct{ line, shown string }

// transcripts finds indented lines that begin with a prompt, and those after them.
func transcripts(text string) []transcript {
	var list []transcript
	open := false
	for line := range strings.Lines(text) {
		line, indented := strings.CutPrefix(line, "    ")
		command, prompt := strings.CutPrefix(line, "$ ")
		switch open = indented && (open || prompt); {
		case !open:
		case prompt:
			list = append(list, transcript{line: strings.TrimSpace(command)})
		default:
			list[len(list)-1].shown += line
		}
	}
	return list
}

// matches tells whether the output is what is shown, where a line of an ellipsis
// stands for any lines.
func (c transcript) matches(out string) bool {
	pattern := regexp.MustCompile(`(?m)^ *…\n`).ReplaceAllLiteralString(regexp.QuoteMeta(c.shown), `(?:.*\n)*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(out)
}
