package main

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A realProgram is a program of the distribution that is bundled by static
// analysis alone, without options of its own, and then run.
type realProgram struct {
	name    string
	program string   // bundled
	setup   string   // shell commands before that, in the folder $WORK
	include string   // what is bundled beside it for the run: a glob below $WORK
	env     []string // of the run
	command []string // $WORK is replaced
	want    string   // regular expression for what it prints
	exact   string   // or all of it
	heavy   bool     // only make test-programs installs it
}

var realPrograms = []realProgram{
	{name: "getent-passwd", program: "getent", command: []string{"getent", "passwd", "root"}, want: `^root:x:0:0:`},
	{name: "getent-hosts", program: "getent", command: []string{"getent", "hosts", "localhost"}, want: `localhost`},
	{
		name: "cancel", program: "$WORK/cancel", command: []string{"$WORK/cancel"}, want: `(?m)^cancelled$`,
		setup: `printf '#include <pthread.h>\n#include <stdio.h>\n#include <unistd.h>\nvoid *f(void *a) { for (;;) pause(); return a; }\nint main(void) { pthread_t t; void *r; pthread_create(&t, 0, f, 0); pthread_cancel(t); pthread_join(t, &r); puts(r == PTHREAD_CANCELED ? "cancelled" : "no"); }\n' >cancel.c && gcc -pthread -o cancel cancel.c`,
	},
	{
		name: "iconv-utf16", program: "iconv", setup: `echo abc >in.txt`, include: "in.txt",
		command: []string{"iconv", "-f", "ASCII", "-t", "UTF-16LE", "$WORK/in.txt"}, exact: "a\x00b\x00c\x00\n\x00",
	},
	{
		name: "iconv-eucjp", program: "iconv", setup: `printf '\343\201\202\n' >in.txt`, include: "in.txt",
		command: []string{"iconv", "-f", "UTF-8", "-t", "EUC-JP", "$WORK/in.txt"}, exact: "\xa4\xa2\n",
	},
	{name: "date", program: "date", env: []string{"TZ=Asia/Tokyo"}, command: []string{"date", "+%Z"}, want: `(?m)^JST$`},
	{name: "tput", program: "tput", env: []string{"TERM=xterm"}, command: []string{"tput", "cols"}, want: `(?m)^[0-9]+$`},
	{name: "git-init", program: "git", command: []string{"git", "init", "/tmp/new"}, want: `(?m)^Initialized empty Git repository`},
	{
		name: "git-clone", program: "git", include: "repo/**",
		setup:   `git init -q repo && git -C repo -c user.name=a -c user.email=a@b commit -q --allow-empty -m first`,
		env:     []string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*"},
		command: []string{"git", "clone", "file://$WORK/repo", "/tmp/copy"}, want: `Cloning into`,
	},
	{
		name: "openssl", program: "openssl", command: []string{"openssl", "list", "-providers", "-provider", "legacy"},
		want: `OpenSSL Legacy Provider`,
	},
	{
		name: "python3", program: "/usr/bin/python3",
		command: []string{"/usr/bin/python3", "-c", `import json, ssl, sqlite3; print(sqlite3.connect(":memory:").execute("select 6*7").fetchone()[0])`}, want: `(?m)^42$`,
	},
	{name: "perl", program: "/usr/bin/perl", command: []string{"perl", "-MPOSIX", "-e", `print POSIX::floor(3.7)`}, want: `(?m)^3$`},
	{
		name: "php", program: "php", heavy: true,
		command: []string{"php", "-r", `echo mb_strtoupper("ä"), extension_loaded("xml") ? json_encode([1]) : "no";`}, want: `(?m)^Ä\[1\]$`,
	},
	{
		name: "imagemagick", program: "convert-im6.q16", heavy: true, setup: `convert-im6.q16 -size 8x8 xc:red in.png`, include: "in.png",
		command: []string{"convert-im6.q16", "$WORK/in.png", "-resize", "50%", "txt:-"}, want: `(?m)^0,0: .*red`,
	},
	{
		name: "graphviz", program: "dot", heavy: true, setup: `echo 'digraph { a -> b }' >in.dot`, include: "in.dot",
		command: []string{"dot", "-Tsvg", "$WORK/in.dot"}, want: `</svg>`,
	},
	{name: "java", program: "java", heavy: true, command: []string{"java", "-version"}, want: `(?m)^openjdk version`},
	{name: "ruby", program: "ruby", heavy: true, command: []string{"ruby", "-rjson", "-e", `puts [1].to_json`}, want: `(?m)^\[1\]$`},
	{name: "node", program: "/usr/bin/node", heavy: true, command: []string{"node", "-e", `console.log(require("os").EOL.length)`}, want: `(?m)^1$`},
	{name: "lua", program: "lua5.4", heavy: true, command: []string{"lua5.4", "-e", `print(6*7)`}, want: `(?m)^42$`},
	{name: "guile", program: "guile", heavy: true, command: []string{"guile", "-c", `(use-modules (ice-9 regex)) (display 42)`}, want: `(?m)^42$`},
	{name: "erlang", program: "erl", heavy: true, command: []string{"erl", "-noshell", "-eval", `io:format("42~n"), halt().`}, want: `(?m)^42$`},
	{
		name: "groff", program: "groff", setup: `printf '.TH A 1\n.SH NAME\nabc\n' >a.1`, include: "a.1",
		command: []string{"groff", "-man", "-Tascii", "$WORK/a.1"}, want: `General Commands Manual`,
	},
	{
		name: "ocaml", program: "ocaml", heavy: true, setup: `echo 'print_string (Printf.sprintf "%d" (6*7));;' >a.ml`, include: "a.ml",
		command: []string{"ocaml", "$WORK/a.ml"}, want: `^42$`,
	},
	{
		name: "ghostscript", program: "gs", heavy: true, setup: `printf '%%!PS\n/Helvetica findfont 20 scalefont setfont 72 72 moveto (Hi) show showpage\n' >a.ps`, include: "a.ps",
		command: []string{"gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=txtwrite", "-sOutputFile=-", "$WORK/a.ps"}, want: `Hi`,
	},
	{name: "sbcl", program: "sbcl", heavy: true, command: []string{"sbcl", "--noinform", "--non-interactive", "--eval", `(print (* 6 7))`}, want: `(?m)^42`},
	{name: "r", program: "R", heavy: true, command: []string{"R", "--vanilla", "-s", "-e", `cat(6*7)`}, want: `42`},
}

// TestRealPrograms bundles programs by static analysis alone and runs them in
// their bundles.
func TestRealPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("bundles and runs large programs")
	}
	needRoot(t)
	for _, p := range realPrograms {
		t.Run(p.name, func(t *testing.T) { p.run(t) })
	}
}

// needRoot skips without the right to change the root.
func needRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to chroot")
	}
}

// installed skips where a program is not there.
func installed(t *testing.T, program string, heavy bool) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil && heavy {
		t.Skipf("%s is not installed; make test-programs installs it", program)
	} else if err != nil {
		t.Skipf("%s is not installed; make packages installs it", program)
	}
}

func (p *realProgram) run(t *testing.T) {
	if !strings.Contains(p.program, "$WORK") {
		installed(t, p.program, p.heavy)
	}
	w := newWork(t)
	if p.setup != "" {
		w.must(exec.Command("sh", "-ec", p.setup))
	}
	args := []string{w.in(p.program), w.bundle()}
	if p.include != "" {
		args = append([]string{"--include", w.dir + "/" + p.include}, args...)
	}
	w.must(exec.Command("magicpak", args...))
	out := w.inside(p.env, p.command...)
	if !regexp.MustCompile(p.want).Match(out) || p.exact != "" && p.exact != string(out) {
		t.Errorf("printed %q, want %s%q", out, p.want, p.exact)
	}
	t.Logf("%.1f MB", float64(w.bytes())/1e6)
}

// A work is a folder in which one program is bundled and run.
type work struct {
	*testing.T
	dir string
}

func newWork(t *testing.T) *work { return &work{t, t.TempDir()} }

func (w *work) bundle() string { return filepath.Join(w.dir, "bundle") }

// in puts the folder's path into s.
func (w *work) in(s string) string { return strings.ReplaceAll(s, "$WORK", w.dir) }

// must runs c in the folder and returns what it prints.
func (w *work) must(c *exec.Cmd) []byte {
	w.Helper()
	c.Dir = w.dir
	out, err := c.CombinedOutput()
	if err != nil {
		w.Fatalf("%v: %v\n%s", c.Args, err, lastOf(out))
	}
	return out
}

func lastOf(b []byte) []byte { return b[max(0, len(b)-2000):] }

// enter runs a command in a bundle as a container would: mounts and processes of
// its own, /proc and /dev, nothing in the environment but what is named.
const enter = `root=$1; shift
mkdir -p "$root/proc" "$root/dev" && mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" || exit 125
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ "$@"`

// command returns a command in the bundle.
func (w *work) command(env []string, command ...string) *exec.Cmd {
	args := append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, "sh", w.bundle()}, env...)
	args = append(args, "chroot", w.bundle())
	for _, c := range command {
		args = append(args, w.in(c))
	}
	return exec.Command("unshare", args...)
}

func (w *work) inside(env []string, command ...string) []byte {
	w.Helper()
	return w.must(w.command(env, command...))
}

// bytes sums the sizes of the bundle's files.
func (w *work) bytes() (sum int64) {
	err := filepath.WalkDir(w.bundle(), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return sum
}

// TestRealCurl gets a page by https from a server of the test's own, whose
// certificate this machine trusts while the bundle is made.
func TestRealCurl(t *testing.T) {
	needRoot(t)
	installed(t, "curl", true)
	w := newWork(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { fmt.Fprint(rw, "served") }))
	defer server.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	check(t, os.WriteFile(filepath.Join(w.dir, "ca.pem"), cert, 0o644))
	const trusting = `cp -a /etc/ssl/certs certs && cat ca.pem >>certs/ca-certificates.crt && mount --bind certs /etc/ssl/certs && exec magicpak curl "$1"`
	w.must(exec.Command("unshare", "--mount", "sh", "-ec", trusting, "sh", w.bundle()))
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	check(t, err)
	// httptest's certificate is for example.com.
	out := w.inside(nil, "curl", "-sS", "--connect-to", "example.com:443:127.0.0.1:"+port, "https://example.com/")
	if string(out) != "served" {
		t.Errorf("curl printed %q", out)
	}
	out, err = w.command(nil, "curl", "-sS", "https://localhost:"+port).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("localhost")) {
		t.Errorf("curl took a certificate for another name: %q", out)
	}
}

// TestRealNginx serves a file with nginx and the configuration that it has here.
func TestRealNginx(t *testing.T) {
	needRoot(t)
	installed(t, "nginx", true)
	w := newWork(t)
	check(t, os.WriteFile(filepath.Join(w.dir, "index.html"), []byte("served"), 0o644))
	check(t, os.Chmod(w.dir, 0o755))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	check(t, l.Close())
	conf := fmt.Sprintf("daemon off;\nuser www-data;\nevents {}\nhttp {\ninclude /etc/nginx/mime.types;\nserver { listen 127.0.0.1:%d; root /srv; }\n}\n", port)
	check(t, os.WriteFile(filepath.Join(w.dir, "nginx.conf"), []byte(conf), 0o644))
	w.must(exec.Command("magicpak", "--include", w.dir+"/nginx.conf", "nginx", w.bundle()))
	check(t, os.MkdirAll(filepath.Join(w.bundle(), "srv"), 0o755))
	check(t, os.Rename(filepath.Join(w.dir, "index.html"), filepath.Join(w.bundle(), "srv/index.html")))

	var said bytes.Buffer
	c := w.command(nil, "nginx", "-c", "$WORK/nginx.conf")
	c.Stderr = &said
	check(t, c.Start())
	body, err := getPage(fmt.Sprintf("http://127.0.0.1:%d/", port))
	c.Process.Kill()
	c.Wait()
	if err != nil || body != "served" {
		t.Errorf("nginx served %q, %v; it said %s", body, err, said.String())
	}
}

// getPage asks until a server is there.
func getPage(url string) (string, error) {
	client := http.Client{Timeout: 5 * time.Second}
	var all error
	for range 50 {
		r, err := client.Get(url)
		if err != nil {
			all = err
			time.Sleep(100 * time.Millisecond)
			continue
		}
		var b bytes.Buffer
		_, err = b.ReadFrom(r.Body)
		return b.String(), errors.Join(err, r.Body.Close())
	}
	return "", all
}
