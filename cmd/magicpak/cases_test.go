package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var allCases = flag.Bool("cases", false, "bundle all programs of testdata/cases, in every way")

// quickCases are those that run without -cases.
var quickCases = []string{"threads-fork"}

// TestCases bundles programs that people put into images, each
// testdata/cases/NAME.txtar in a RUN step of both builders by each tracer that
// works there, and in a container with CAP_SYS_ADMIN by the BPF probe. Then it
// runs the image. An archive holds
//
//	image    the image that has the program: tools, which is TestDocker's, or the
//	         one of the Dockerfile of this name beside the archives
//	build    shell commands that make /bundle with magicpak: root runs them in
//	         /case, with variables that set --tracer and --require-dynamic
//	command  what the image runs, an argument a line
//	probe    if there: shell commands that ask the running container from another
//	         one that has the first image and the same network; "ready PORT" waits
//	         until it listens there
//	stdout   what the container prints, or else the probe, byte for byte
//
// log, run and status as TestDocker has them, and the files of /case. Without
// -cases only quickCases are bundled, in two ways.
func TestCases(t *testing.T) {
	if testing.Short() {
		t.Skip("builds images")
	}
	archives, err := filepath.Glob("testdata/cases/*.txtar")
	must(t, err)
	needEngine(t)
	baseImages(t)
	magicpak := buildMagicpak(t)
	ways := caseWays(t)
	removeBuildCache(t)
	for _, archive := range archives {
		p := readProgramCase(t, archive)
		if !*allCases && !slices.Contains(quickCases, p.name) {
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			p.needImage(t)
			t.Parallel()
			for _, w := range ways {
				t.Run(w.name+"-"+w.tracer, func(t *testing.T) {
					t.Parallel()
					p.test(t, magicpak, w)
				})
			}
		})
	}
}

// A caseWay is how the image of a case is made.
type caseWay struct {
	builder
	tracer string
}

// privileged is how an image is made in a container that may load the BPF probe,
// which no RUN step may.
const privileged = "privileged"

func caseWays(t *testing.T) []caseWay {
	legacy := builder{"legacy", "docker", "0"}
	buildkit := builder{"buildkit", buildKitClient(t), "1"}
	if !*allCases {
		return []caseWay{{buildkit, "auto"}, {legacy, "notify"}}
	}
	return []caseWay{
		{legacy, "auto"},
		{legacy, "notify"},
		{buildkit, "auto"},
		{buildkit, "notify"},
		{builder{name: privileged}, "ebpf"},
	}
}

// A programCase is an archive of testdata/cases.
type programCase struct {
	name  string
	files map[string][]byte // /case
	about map[string]string
}

func readProgramCase(t *testing.T, archive string) *programCase {
	t.Helper()
	wanted := []string{"image", "build", "command", "stdout"}
	files, about := splitArchive(t, archive, append(slices.Clone(aboutNames), append(wanted, "probe")...))
	for _, name := range wanted {
		if _, ok := about[name]; !ok {
			t.Fatalf("%s wants a file %s", archive, name)
		}
	}
	return &programCase{strings.TrimSuffix(filepath.Base(archive), ".txtar"), files, about}
}

// tools names the image that has the program.
func (p *programCase) tools() string { return "magicpak-test-" + strings.TrimSpace(p.about["image"]) }

// needImage makes that image, where it is TestCases' own.
func (p *programCase) needImage(t *testing.T) {
	t.Helper()
	name := strings.TrimSpace(p.about["image"])
	if name != "tools" {
		keptImage(t, p.tools(), "testdata/cases/"+name+".Dockerfile")
	}
}

func (p *programCase) test(t *testing.T, magicpak string, w caseWay) {
	c := p.dockerCase(t, w)
	t.Cleanup(func() { c.remove(t) })
	dir := c.context(t, magicpak)
	var log string
	var err error
	if w.name == privileged {
		log, err = p.buildPrivileged(t, c, dir)
	} else {
		log, err = c.build(dir, w.builder)
	}
	if err != nil {
		t.Fatalf("make the image: %v\n%s", err, log)
	}
	wantMatches(t, "log", log, p.about["log"])
	if p.about["probe"] == "" {
		c.runImage(t)
	} else {
		p.ask(t, c)
	}
}

// dockerCase is the case for one builder and tracer.
func (p *programCase) dockerCase(t *testing.T, w caseWay) *dockerCase {
	c := &dockerCase{"magicpak-test-case-" + p.name + "-" + w.name + "-" + w.tracer, maps.Clone(p.files), p.about}
	c.files["Dockerfile"] = fmt.Appendf(nil, `FROM %s
COPY . /case/
RUN cd /case && bash -e build.sh

FROM scratch
COPY --from=0 /bundle /.
CMD %s
`, p.tools(), p.command(t))
	c.files["build.sh"] = fmt.Appendf(nil, `export PATH=/case:$PATH MAGICPAK_TRACER=%s MAGICPAK_REQUIRE_DYNAMIC=1
chmod 755 magicpak
%s`, w.tracer, p.about["build"])
	return c
}

// command is what the image runs, as a Dockerfile has it.
func (p *programCase) command(t *testing.T) string {
	text, err := json.Marshal(strings.Split(strings.TrimSuffix(p.about["command"], "\n"), "\n"))
	must(t, err)
	return string(text)
}

// buildPrivileged makes what the Dockerfile in dir would, but runs the step in a
// container that may. It returns the log.
func (p *programCase) buildPrivileged(t *testing.T, c *dockerCase, dir string) (string, error) {
	t.Cleanup(func() { docker("rm", "--force", c.image+"-build") })
	const steps = `
docker create --cap-add=SYS_ADMIN --network=none --name="$2-build" "$1" bash -c 'cd /case && bash -e build.sh' >/dev/null
docker cp "$4/." "$2-build:/case"
docker start --attach "$2-build" >&2
docker cp "$2-build:/bundle/." - | docker import --change "$3" --change "LABEL $5" - "$2"`
	cmd := exec.Command("bash", "-ec", "set -o pipefail"+steps, "bash", p.tools(), c.image, "CMD "+p.command(t), dir, caseLabel+"="+c.image)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// ready waits until something listens on a port of the container.
const ready = `ready() {
  for _ in {1..600}; do (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return; sleep 0.1; done
  echo "nothing listens on port $1" >&2; return 1
}
`

// ask starts a container of the image and runs the probe beside it.
func (p *programCase) ask(t *testing.T, c *dockerCase) {
	t.Cleanup(func() { docker("rm", "--force", c.image) })
	if out, err := docker(c.runArgs("--detach")...); err != nil {
		t.Fatalf("docker run: %v\n%s", err, out)
	}
	cmd := exec.Command("docker", "run", "--rm", "--network=container:"+c.image, p.tools(), "bash", "-ec", ready+p.about["probe"])
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err == nil && string(out) == p.about["stdout"] {
		return
	}
	logs, _ := docker("logs", c.image)
	t.Errorf("the probe printed %q, want %q: %v\n%s\nthe container said\n%s", out, p.about["stdout"], err, &said, logs)
}
