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

// bundleCat ends a Dockerfile whose first stage has made /bundle of cat.
const bundleCat = "FROM scratch\nCOPY --from=0 /bundle /.\nCMD [\"/bin/cat\", \"/proc/self/comm\"]\n"

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
	legacy, buildKit := builder{"legacy", "docker", "0"}, builder{"buildkit", buildKitClient(t), "1"}
	removeBuildCache(t)
	for _, c := range []struct {
		name    string
		builder builder
		build   string
	}{
		{"tools", legacy, "FROM " + imageTag + "-debian\nRUN upx --version >/dev/null && busybox true && magicpak -c /bin/cat /bundle\n"},
		{"copied", legacy, "FROM magicpak-test-debian\nCOPY --from=" + imageTag + " /magicpak /tmp/\nRUN /tmp/magicpak /bin/cat /bundle\n"},
		{"mounted", buildKit, "FROM magicpak-test-debian\nRUN --mount=type=bind,from=" + imageTag + ",target=/tools /tools/magicpak /bin/cat /bundle\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			testImage(t, c.builder, c.name, c.build+bundleCat, "cat\n")
		})
	}
}

// testImage builds an image of a Dockerfile and wants a container of it to print that.
func testImage(t *testing.T, b builder, name, dockerfile, want string) {
	t.Helper()
	context := t.TempDir()
	must(t, os.WriteFile(filepath.Join(context, "Dockerfile"), []byte(dockerfile), 0o644))
	tag := imageTag + "-" + name
	b.build(t, context, "--network=none", "--tag="+tag)
	t.Cleanup(func() { removeImage(t, tag) })
	if got := runContainer(t, tag, "", nil); got != want {
		t.Errorf("the container printed %q", got)
	}
}

// TestCompilerImages makes the images of docker/Dockerfile that have compilers,
// compiles with them, and bundles what comes of it.
func TestCompilerImages(t *testing.T) {
	if !*allExamples {
		t.Skip("installs compilers: make examples does it")
	}
	needEngine(t)
	baseImages(t)
	dir := imageContext(t)
	for base, compile := range map[string]string{
		"cc":      `echo 'int puts(const char *); int main(void) { puts("hello"); }' >hello.c && gcc -o /hello hello.c`,
		"haskell": `echo 'main = putStrLn "hello"' >hello.hs && ghc -o /hello hello.hs`,
		"rust":    `echo 'fn main() { println!("hello"); }' >hello.rs && rustc -o /hello hello.rs`,
	} {
		t.Run(base, func(t *testing.T) {
			makeImage(t, dir, base)
			dockerfile := "FROM " + imageTag + "-" + base + "\nRUN " + compile + " && busybox true && magicpak --compress --test --test-stdout hello /hello /bundle\n" +
				"FROM scratch\nCOPY --from=0 /bundle /.\nCMD [\"/hello\"]\n"
			testImage(t, builder{"legacy", "docker", "0"}, base+"-hello", dockerfile, "hello\n")
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
	builder{"legacy", "docker", "0"}.build(t, dir, append([]string{"--network=host"}, args...)...)
}

func (b builder) build(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(b.client, append(append([]string{"build", "--force-rm"}, args...), dir)...)
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT="+b.buildkit)
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
