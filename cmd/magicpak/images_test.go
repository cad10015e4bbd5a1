package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// imageTag names the images of docker/Dockerfile that the tests make.
const imageTag = "magicpak-test-image"

// bases are the images of docker/Dockerfile, and what makes them of a plain
// Debian. Official images have the compilers already.
var bases = map[string]string{
	"debian":  "",
	"cc":      "gcc libc6-dev",
	"haskell": "ghc",
	"rust":    "rustc",
}

// TestImages makes the images of docker/Dockerfile that need no large packages,
// and bundles with them.
func TestImages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds images")
	}
	needEngine(t)
	baseImages(t)
	dir := imageContext(t)
	makeImage(t, dir, "debian")
	dockerBuild(t, dir, "--file="+filepath.Join(dir, "docker/Dockerfile"), "--target=magicpak", "--build-arg=TARGETARCH="+runtime.GOARCH, "--tag="+imageTag)
	for _, c := range []struct{ name, dockerfile string }{
		{"tools", "FROM " + imageTag + "-debian\nRUN upx --version >/dev/null && busybox true && magicpak -c /bin/cat /bundle\nFROM scratch\nCOPY --from=0 /bundle /.\nCMD [\"/bin/cat\", \"/proc/self/comm\"]\n"},
		{"copied", "FROM magicpak-test-debian\nCOPY --from=" + imageTag + " /magicpak /tmp/\nRUN /tmp/magicpak /bin/cat /bundle\nFROM scratch\nCOPY --from=0 /bundle /.\nCMD [\"/bin/cat\", \"/proc/self/comm\"]\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			context := t.TempDir()
			must(t, os.WriteFile(filepath.Join(context, "Dockerfile"), []byte(c.dockerfile), 0o644))
			tag := imageTag + "-" + c.name
			dockerBuild(t, context, "--tag="+tag)
			t.Cleanup(func() { removeImage(t, tag) })
			if got := runContainer(t, tag, "", nil); got != "cat\n" {
				t.Errorf("the container printed %q", got)
			}
		})
	}
}

// imageContext makes a context for docker/Dockerfile: the binary, and what it
// takes of this repository.
func imageContext(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"docker/Dockerfile", ".ci/upx"} {
		data, err := os.ReadFile(filepath.Join("../..", name))
		must(t, err)
		must(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), data, 0o755))
	}
	must(t, os.Mkdir(filepath.Join(dir, "dist"), 0o755))
	must(t, os.Rename(buildMagicpak(t), filepath.Join(dir, "dist", "magicpak-linux-"+runtime.GOARCH)))
	return dir
}

// makeImage makes an image of docker/Dockerfile. The step that installs packages
// stays in the engine's cache.
func makeImage(t *testing.T, dir, base string) {
	t.Helper()
	dockerBuild(
		t, dir, "--file="+filepath.Join(dir, "docker/Dockerfile"), "--target=debian", "--network=host",
		"--build-arg=BASE=magicpak-test-debian", "--build-arg=PACKAGES="+bases[base],
		"--build-arg=TARGETARCH="+runtime.GOARCH, "--tag="+imageTag+"-"+base,
	)
}

func dockerBuild(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("docker", append(append([]string{"build", "--network=host", "--force-rm"}, args...), dir)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("docker build %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// runContainer returns what a container of the image prints.
func runContainer(t *testing.T, image, stdin string, args []string) string {
	t.Helper()
	args = append(append([]string{"run", "--rm", "--interactive", "--network=none"}, args...), image)
	cmd := exec.Command("docker", args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("docker run: %v\n%s", err, &stderr)
	}
	return stdout.String()
}

func removeImage(t *testing.T, image string) {
	if out, err := docker("rmi", "--force", image); err != nil {
		fmt.Fprintln(os.Stderr, out)
		t.Errorf("docker rmi: %v", err)
	}
}
