package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestDocker bundles programs in the RUN steps of real image builds and runs
// the images: each testdata/docker/NAME.txtar with the legacy builder and with
// BuildKit, in the engine that DOCKER_HOST names. An archive holds
//
//	Dockerfile   FROM magicpak-test-tools (gcc, g++, python3, ...: tools.Dockerfile)
//	             or magicpak-test-debian (nothing but Debian's essential packages),
//	             ending in FROM scratch and a CMD
//	stdout       what a container of the image prints, byte for byte
//	log          if there: regular expressions, one a line, each of which must
//	             match a part of the build's log
//	run          if there: options for docker run, split at blanks
//	status       if there: the container's exit status, instead of 0
//
// and the files of the build's context. The magicpak under test is in the
// context as "magicpak". RUN steps have no network, and containers neither.
// With "fails" instead of "stdout", the build must fail with a log that matches
// the expressions in it.
func TestDocker(t *testing.T) {
	if testing.Short() {
		t.Skip("builds images")
	}
	archives, err := filepath.Glob("testdata/docker/*.txtar")
	must(t, err)
	if len(archives) == 0 {
		t.Fatal("no archive in testdata/docker")
	}
	needEngine(t)
	builders := []builder{{"legacy", "docker", "0"}, {"buildkit", buildKitClient(t), "1"}}
	baseImages(t)
	magicpak := buildMagicpak(t)
	removeBuildCache(t)
	slots := make(chan struct{}, 2)
	for _, file := range archives {
		for _, builder := range builders {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar") + "-" + builder.name
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				slots <- struct{}{}
				defer func() { <-slots }()
				c := readDockerCase(t, file, "magicpak-test-"+name)
				c.run(t, magicpak, builder)
			})
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A builder is one of the two that docker build has.
type builder struct{ name, client, buildkit string }

// buildKitClient returns a docker command that can build with BuildKit: newer
// ones need a plugin for it.
func buildKitClient(t *testing.T) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		cmd := exec.Command(filepath.Join(dir, "docker"), "build", "--help")
		cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
		if cmd.Run() == nil {
			return cmd.Path
		}
	}
	t.Fatal("no docker command on PATH can build with BuildKit")
	return ""
}

// needEngine skips where no engine answers, but not where continuous
// integration runs: there one is started before.
func needEngine(t *testing.T) {
	t.Helper()
	out, err := docker("info")
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("docker info: %v\n%s", err, out)
	default:
		t.Skipf("no Docker engine answers docker info: %v", err)
	}
}

// dockerLimit ends a docker command that hangs.
const dockerLimit = 10 * time.Minute

// docker runs the docker command and returns what it prints.
func docker(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dockerLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	return string(out), err
}

// baseImages makes the images that the archives start from, unless the engine
// has them: they are kept, since they take minutes.
func baseImages(t *testing.T) {
	t.Helper()
	if _, err := docker("image", "inspect", "magicpak-test-debian"); err != nil {
		out, err := exec.Command("testdata/docker/base").CombinedOutput()
		if err != nil {
			t.Fatalf("make magicpak-test-debian: %v\n%s", err, out)
		}
	}
	keptImage(t, "magicpak-test-tools", "testdata/docker/tools.Dockerfile")
}

// keptImage makes an image that is kept, unless the engine has that of this
// Dockerfile already.
func keptImage(t *testing.T, name, dockerfile string) {
	t.Helper()
	text, err := os.ReadFile(dockerfile)
	must(t, err)
	sum := fmt.Sprintf("%x", sha256.Sum256(text))
	had, err := docker("image", "inspect", "--format", `{{index .Config.Labels "magicpak-test-sum"}}`, name)
	if err == nil && strings.TrimSpace(had) == sum {
		return
	}
	cmd := exec.Command("docker", "build", "--network=host", "--label=magicpak-test-sum="+sum, "--tag="+name, "-")
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	cmd.Stdin = bytes.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %s: %v\n%s", name, err, out)
	}
}

// buildMagicpak builds the command as "make build" does.
func buildMagicpak(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "magicpak")
	cmd := exec.Command("go", "build", "-trimpath", "-o", file, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return file
}

// removeBuildCache removes at the end of the test what BuildKit cached during
// it. The legacy builder's cache goes with the images.
func removeBuildCache(t *testing.T) {
	before := buildCache(t)
	t.Cleanup(func() {
		var made []string
		for _, id := range buildCache(t) {
			if !slices.Contains(before, id) {
				made = append(made, id)
			}
		}
		if len(made) == 0 {
			return
		}
		if out, err := docker("builder", "prune", "--force", "--filter=id=^("+strings.Join(made, "|")+")$"); err != nil {
			t.Errorf("remove the build cache: %v\n%s", err, out)
		}
	})
}

func buildCache(t *testing.T) []string {
	out, err := docker("system", "df", "--verbose", "--format", "{{range .BuildCache}}{{.ID}} {{end}}")
	if err != nil {
		t.Fatalf("docker system df: %v\n%s", err, out)
	}
	return strings.Fields(out)
}

// A dockerCase is an archive, and the image that is built of it.
type dockerCase struct {
	image string
	files map[string][]byte // the context
	about map[string]string // what the test wants
}

// aboutNames are the files of an archive that are not for the context.
var aboutNames = []string{"stdout", "log", "run", "status", "fails"}

// splitArchive divides the files of an archive into those of a context and those that
// names say.
func splitArchive(t *testing.T, archive string, names []string) (files map[string][]byte, about map[string]string) {
	t.Helper()
	a, err := txtar.ParseFile(archive)
	must(t, err)
	files, about = map[string][]byte{}, map[string]string{}
	for _, f := range a.Files {
		if slices.Contains(names, f.Name) {
			about[f.Name] = string(f.Data)
		} else {
			files[f.Name] = f.Data
		}
	}
	return files, about
}

func readDockerCase(t *testing.T, archive, image string) *dockerCase {
	t.Helper()
	files, about := splitArchive(t, archive, aboutNames)
	c := &dockerCase{image, files, about}
	if c.files["Dockerfile"] == nil || (c.about["stdout"] == "") == (c.about["fails"] == "") {
		t.Fatalf("%s wants a Dockerfile, and either stdout or fails", archive)
	}
	return c
}

func (c *dockerCase) run(t *testing.T, magicpak string, b builder) {
	t.Cleanup(func() { c.remove(t) })
	log, err := c.build(c.context(t, magicpak), b)
	if fails := c.about["fails"]; fails != "" {
		if err == nil {
			t.Errorf("the build did not fail:\n%s", log)
		}
		wantMatches(t, "log", log, fails)
		return
	}
	if err != nil {
		t.Fatalf("docker build: %v\n%s", err, log)
	}
	wantMatches(t, "log", log, c.about["log"])
	c.runImage(t)
}

// context makes the folder of the build.
func (c *dockerCase) context(t *testing.T, magicpak string) string {
	dir := t.TempDir()
	for name, data := range c.files {
		file := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		if name == "Dockerfile" {
			data = c.label(data)
		}
		must(t, os.WriteFile(file, data, 0o644))
	}
	must(t, os.Link(magicpak, filepath.Join(dir, "magicpak")))
	return dir
}

// build builds the image and returns the log.
func (c *dockerCase) build(dir string, b builder) (string, error) {
	args := []string{"build", "--no-cache", "--force-rm", "--network=none", "--tag=" + c.image}
	if b.buildkit == "1" {
		args = append(args, "--progress=plain")
	}
	cmd := exec.Command(b.client, append(args, dir)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT="+b.buildkit)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

const caseLabel = "magicpak-test-case"

// label marks the images of every stage, those too that get no name, so that
// remove finds them.
func (c *dockerCase) label(dockerfile []byte) []byte {
	from := regexp.MustCompile(`(?m)^FROM .*\n`)
	return from.ReplaceAll(dockerfile, []byte("${0}LABEL "+caseLabel+"="+c.image+"\n"))
}

// remove removes the images of the case. One goes with the untagged ones that it
// is built on, and not while others are built on it, so not all of the list can
// be removed at once.
func (c *dockerCase) remove(t *testing.T) {
	for before := 0; ; {
		list, err := docker("images", "--all", "--quiet", "--filter=label="+caseLabel+"="+c.image)
		if err != nil {
			t.Fatalf("docker images: %v\n%s", err, list)
		}
		ids := strings.Fields(list)
		if len(ids) == 0 {
			return
		}
		out, _ := docker(append([]string{"rmi", "--force"}, ids...)...)
		if len(ids) == before {
			t.Fatalf("docker rmi: %d images stay\n%s", before, out)
		}
		before = len(ids)
	}
}

// runArgs are those of docker run for a container of the image.
func (c *dockerCase) runArgs(more ...string) []string {
	args := append([]string{"run", "--network=none", "--name=" + c.image}, more...)
	return append(append(args, strings.Fields(c.about["run"])...), c.image)
}

// runImage runs a container of the image and checks what it prints.
func (c *dockerCase) runImage(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	t.Cleanup(func() { exec.Command("docker", "rm", "--force", c.image).Run() }) // one that the time ended
	cmd := exec.CommandContext(ctx, "docker", c.runArgs("--rm")...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	want := strings.TrimSpace(c.about["status"])
	if want == "" {
		want = "0"
	}
	if got := fmt.Sprint(statusOf(err)); got != want {
		t.Errorf("the container ended with status %s, want %s: %s", got, want, &stderr)
	}
	if got := stdout.String(); got != c.about["stdout"] {
		t.Errorf("the container printed %q, want %q; standard error: %s", got, c.about["stdout"], &stderr)
	}
}

// wantMatches wants each line of patterns, a regular expression, to match a
// part of text.
func wantMatches(t *testing.T, what, text, patterns string) {
	t.Helper()
	for pattern := range strings.Lines(patterns) {
		pattern = strings.TrimSuffix(pattern, "\n")
		if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
			t.Errorf("%s lacks %s:\n%s", what, pattern, text)
		}
	}
}
