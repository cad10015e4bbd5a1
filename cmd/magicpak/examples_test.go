package main

import (
	"flag"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var allExamples = flag.Bool("all-examples", false, "build the examples that need large packages too")

// An example is a folder of example/, and what shows that its image works.
type example struct {
	name   string
	base   string // the image of docker/Dockerfile that it starts from
	heavy  bool   // needs packages that take minutes to install
	stdin  string
	stdout string // what a container prints
	run    []string
	probe  string // a URL that a container which does not end answers
}

var examples = []example{
	{name: "clang-format", base: "debian", heavy: true, stdin: "int main(  ){ }", stdout: "int main() {}"},
	{name: "patchelf", base: "debian", stdout: "patchelf 0.14.3\n"},
	{name: "python", base: "debian", stdout: "Hello, world!\n"},
	{name: "git", base: "debian", heavy: true, stdout: "Initialized empty Git repository in /tmp/repository/.git/\n"},
	{name: "script", base: "debian", stdout: "3 the\n1 program\n1 loader\n"},
	{name: "missing-file", base: "debian", stdout: "*** welcome ***\n"},
	{name: "profile", base: "debian", stdin: "gr\u00fcn\n", stdout: "gr\xfcn\n"},
	{name: "nginx", base: "debian", run: []string{"--network=host"}, probe: "http://127.0.0.1:8080/"},
	{name: "plugin", base: "cc", heavy: true, stdout: "HELLO\n"},
	{name: "haskell", base: "haskell", heavy: true, stdin: "a= 1\n", stdout: "a = 1\n"},
	{name: "node", base: "debian", heavy: true, stdout: "Hello, world!\n"},
	{name: "java", base: "debian", heavy: true, stdout: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n"},
}

// TestExamples builds example/NAME/Dockerfile and runs the image. It tells the
// sizes of the image that the program would have without magicpak, and of the one
// with its bundle.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("builds images")
	}
	needEngine(t)
	baseImages(t)
	context := imageContext(t)
	for i := range examples {
		e := &examples[i]
		t.Run(e.name, func(t *testing.T) {
			if e.heavy && !*allExamples {
				t.Skip("needs large packages: make examples builds it")
			}
			makeImage(t, context, "debian")
			makeImage(t, context, e.base)
			e.test(t)
		})
	}
}

func (e *example) test(t *testing.T) {
	dir := filepath.Join("../../example", e.name)
	tag := "magicpak-example-" + e.name
	base := "--build-arg=MAGICPAK=" + imageTag + "-" + e.base
	dockerBuild(t, dir, base, "--target=program", "--tag="+tag+"-program")
	t.Cleanup(func() { removeImage(t, tag+"-program") })
	dockerBuild(t, dir, base, "--tag="+tag)
	t.Cleanup(func() { removeImage(t, tag) })
	added := imageSize(t, imageTag+"-debian") - imageSize(t, "magicpak-test-debian")
	t.Logf("| %s | %s | %s |", e.name, byteText(imageSize(t, tag+"-program")-added), byteText(imageSize(t, tag)))
	if e.probe != "" {
		e.testServer(t, tag)
		return
	}
	if got := runContainer(t, tag, e.stdin, e.run); got != e.stdout {
		t.Errorf("the container printed %q, want %q", got, e.stdout)
	}
}

// testServer runs a container that does not end until it answers.
func (e *example) testServer(t *testing.T, tag string) {
	args := append(append([]string{"run", "--rm", "--detach", "--name=" + tag}, e.run...), tag)
	if out, err := docker(args...); err != nil {
		t.Fatalf("docker run: %v\n%s", err, out)
	}
	defer docker("rm", "--force", tag)
	var err error
	for range 50 {
		var answer *http.Response
		if answer, err = http.Get(e.probe); err == nil {
			answer.Body.Close()
			if answer.StatusCode != http.StatusOK {
				t.Errorf("%s answers %s", e.probe, answer.Status)
			}
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	logs, _ := docker("logs", tag)
	t.Errorf("%v\n%s", err, logs)
}

func imageSize(t *testing.T, image string) int64 {
	t.Helper()
	out, err := docker("image", "inspect", "--format={{.Size}}", image)
	must(t, err)
	n, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	must(t, err)
	return n
}
