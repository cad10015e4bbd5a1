package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

var programs = flag.Bool("programs", false, "test with the programs of .ci/programs, too")

// An incomplete is a bundle that lacks something on purpose.
type incomplete struct {
	name    string
	args    []string // inputs and options
	exclude string
	command string
	stdout  string // wanted, "" for anything
	first   string // what must be named first
	mkdir   bool   // by --mkdir
	traced  bool   // with all else that a run of command looks at
	light   bool   // tested always
}

const multiarch = "/usr/lib/x86_64-linux-gnu"

// incompletes are made from programs that are essential on Debian or listed in
// .ci.
var incompletes = []incomplete{
	{name: "shared library", args: []string{"/bin/ls"}, exclude: "/**/libselinux.so.1", command: "/bin/ls /", first: multiarch + "/libselinux.so.1", light: true},
	{name: "C library", args: []string{"/bin/cat"}, exclude: "/**/libc.so.6", command: "/bin/cat /dev/null", first: multiarch + "/libc.so.6"},
	{name: "program interpreter", args: []string{"/bin/cat"}, exclude: "/**/ld-linux*", command: "/bin/cat /dev/null", first: "/lib64/ld-linux-x86-64.so.2", light: true},
	{name: "script interpreter", args: []string{"/usr/bin/ldd"}, exclude: "/**/bash", command: "/usr/bin/ldd --version", first: "/bin/bash", light: true},
	{name: "helper on PATH", args: []string{"/bin/sh", "/bin/sed"}, exclude: "/**/sed", command: "echo a | sed s/a/b/", stdout: "b", first: "/bin/sed", light: true},
	{name: "helper in a folder of its own", args: []string{"/usr/bin/gcc", "-i", "/usr/lib/gcc/x86_64-linux-gnu/*/cc1"}, exclude: "/**/cc1", command: "/usr/bin/gcc -E -x c /dev/null", first: "/usr/lib/gcc/x86_64-linux-gnu/12/cc1"},
	{name: "git helper", args: []string{"/usr/bin/git", "-i", "/usr/lib/git-core/git-remote-http*"}, exclude: "/**/git-remote-http*", command: `printf 'capabilities\n\n' | /usr/bin/git remote-https origin https://127.0.0.1:1/`, first: "/usr/lib/git-core/git-remote-https"},
	{name: "conversion module", args: []string{"/usr/bin/iconv"}, exclude: "/**/gconv/ISO8859-2.so", command: "echo a | /usr/bin/iconv -f ISO-8859-2 -t UTF-8", stdout: "a", first: multiarch + "/gconv/ISO8859-2.so", light: true},
	{name: "all conversion modules", args: []string{"/usr/bin/iconv"}, exclude: "/**/gconv/**", command: "echo a | /usr/bin/iconv -f ISO-8859-2 -t UTF-8", stdout: "a", first: multiarch + "/gconv/gconv-modules"},
	{name: "name service module", args: []string{"/usr/bin/getent", "-i", multiarch + "/libnss_compat.so.2"}, exclude: "/**/libnss_compat*", command: "/usr/bin/getent -s compat passwd root", first: multiarch + "/libnss_compat.so.2"},
	{name: "terminfo entry", args: []string{"/usr/bin/tput"}, exclude: "/**/terminfo/x/xterm", command: "/usr/bin/tput -T xterm cols", first: "/lib/terminfo/x/xterm", light: true},
	{name: "time zone", args: []string{"/bin/date", "-i", "/usr/share/zoneinfo/Europe/Berlin"}, exclude: "/**/zoneinfo/**", command: "TZ=Europe/Berlin /bin/date -d @0 +%Z", stdout: "CET", first: "/usr/share/zoneinfo/Europe/Berlin", light: true},
	{name: "locale", args: []string{"/usr/bin/locale"}, exclude: "/usr/lib/locale/**", command: "LC_ALL=C.UTF-8 /usr/bin/locale charmap", stdout: "UTF-8", first: "/usr/lib/locale/C.utf8/LC_CTYPE"},
	{name: "certificates", args: []string{"/usr/bin/openssl", "-i", "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt"}, exclude: "/etc/ssl/certs/**", command: "/usr/bin/openssl verify /usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt", first: "/etc/ssl/certs/ca-certificates.crt"},
	{name: "dlopened plugin", args: []string{"/usr/bin/openssl"}, exclude: "/**/ossl-modules/legacy.so", command: "/usr/bin/openssl list -provider legacy -providers", first: multiarch + "/ossl-modules/legacy.so"},
	{name: "configuration file", args: []string{"/usr/bin/openssl", "-i", "/etc/ssl/openssl.cnf"}, exclude: "/**/openssl.cnf", command: "/usr/bin/openssl req -x509 -newkey rsa:1024 -nodes -keyout /dev/null -subj /CN=x", first: "/etc/ssl/openssl.cnf"},
	{name: "accounts", args: []string{"/usr/bin/id", "-i", "/etc/passwd"}, exclude: "/etc/passwd", command: "/usr/bin/id -u daemon", stdout: "1", first: "/etc/passwd", light: true},
	{name: "groups", args: []string{"/usr/bin/getent", "-i", "/etc/group"}, exclude: "/etc/group", command: "/usr/bin/getent group tty", first: "/etc/group"},
	{name: "services", args: []string{"/usr/bin/getent"}, exclude: "/etc/services", command: "/usr/bin/getent services http/tcp", first: "/etc/services"},
	{name: "temporary folder", args: []string{"/bin/mktemp"}, exclude: "/tmp", command: "/bin/mktemp", first: "/tmp", mkdir: true, light: true},
	{name: "Python module", args: []string{"/usr/bin/python3"}, exclude: "/usr/lib/python3.11/json{,/**}", command: "/usr/bin/python3 -c 'import json'", first: "/usr/lib/python3.11/json"},
	{name: "file of a Python package", args: []string{"/usr/bin/python3"}, exclude: "/usr/lib/python3.11/email/{mime,parser.py,__pycache__}", command: "/usr/bin/python3 -c 'import email.parser'", first: "/usr/lib/python3.11/email/parser.py"},
	{name: "Python extension", args: []string{"/usr/bin/python3"}, exclude: "/**/lib-dynload/_ctypes.*", command: "/usr/bin/python3 -c 'import ctypes'", first: "/usr/lib/python3.11/lib-dynload/_ctypes.cpython-311-x86_64-linux-gnu.so"},
	{name: "Perl module", args: []string{"/usr/bin/perl", "--mkdir", "/tmp"}, exclude: "/**/File/Temp.pm", command: "/usr/bin/perl -MFile::Temp -e 1", first: "/usr/share/perl/5.36/File/Temp.pm"},
	{name: "shared object of a Perl module", args: []string{"/usr/bin/perl"}, exclude: "/**/auto/POSIX/POSIX.so", command: "/usr/bin/perl -MPOSIX -e 1", first: multiarch + "/perl/5.36/auto/POSIX/POSIX.so"},
	{name: "library scripts", args: []string{"/usr/bin/tclsh", "-i", "/usr/share/tcltk/tcl8.6"}, exclude: "/**/init.tcl", command: "echo 'puts [info commands auto_load]' | /usr/bin/tclsh", stdout: "auto_load", first: "/usr/share/tcltk/tcl8.6/init.tcl"},
	{name: "data file", args: []string{"/usr/bin/file"}, exclude: "/**/magic.mgc", command: "/usr/bin/file -b --mime-type /usr/bin/file", stdout: "application/x-pie-executable", first: "/usr/lib/file/magic.mgc"},
	{name: "codec of Python", args: []string{"/usr/bin/python3"}, traced: true, exclude: "/**/encodings/{iso8859_2.py,__pycache__/**}", command: `/usr/bin/python3 -c 'print("a".encode("iso8859-2"))'`, first: "/usr/lib/python3.11/encodings/iso8859_2.py"},
	{name: "Ruby library", args: []string{"/usr/bin/ruby"}, traced: true, exclude: "/**/json/common.rb", command: "/usr/bin/ruby -rjson -e 'puts JSON.generate([1])'", first: "/usr/lib/ruby/3.1.0/json/common.rb"},
	{name: "PHP extension", args: []string{"/usr/bin/php"}, traced: true, exclude: "/**/mbstring.so", command: `/usr/bin/php -r 'echo mb_strlen("abc");'`, first: "/usr/lib/php/20220829/mbstring.so"},
	{name: "configuration of a PHP extension", args: []string{"/usr/bin/php"}, traced: true, exclude: "/**/{20-,}mbstring.ini", command: `/usr/bin/php -r 'echo mb_strlen("abc");'`, first: "/etc/php/8.2/mods-available/mbstring.ini"},
	{name: "MIME types of nginx", args: []string{"/usr/sbin/nginx"}, traced: true, exclude: "/**/mime.types", command: "/usr/sbin/nginx -t", first: "/etc/nginx/mime.types"},
	{name: "modules of Java", args: []string{"/usr/bin/java"}, traced: true, exclude: "/**/lib/modules", command: "/usr/bin/java -version", first: "/usr/lib/jvm/java-17-openjdk-amd64/lib/modules"},
	{name: "data of an R package", args: []string{"/usr/bin/Rscript"}, traced: true, exclude: "/**/stats/R/stats.rdb", command: "/usr/bin/Rscript -e 'cat(sd(1:3))'", stdout: "1", first: "/usr/lib/R/library/stats/R/stats.rdb"},
	{name: "plugins of Graphviz", args: []string{"/usr/bin/dot"}, traced: true, exclude: "/**/graphviz/config6a", command: "echo 'graph{a}' | /usr/bin/dot -Tsvg | grep '<svg'", first: multiarch + "/graphviz/config6a"},
	{name: "module of Erlang", args: []string{"/usr/bin/erl"}, traced: true, exclude: "/**/ebin/queue.beam", command: "/usr/bin/erl -noshell -eval 'queue:new(), halt().'", first: "/usr/lib/erlang/lib/stdlib-4.2/ebin/queue.beam"},
	{name: "module of Guile", args: []string{"/usr/bin/guile"}, traced: true, exclude: "/**/srfi/srfi-1.*", command: "/usr/bin/guile -c '(use-modules (srfi srfi-1)) (display (first (list 42)))'", stdout: "42", first: multiarch + "/guile/3.0/ccache/srfi/srfi-1.go"},
	{name: "module of zsh", args: []string{"/usr/bin/zsh"}, traced: true, exclude: "/**/zsh/mathfunc.so", command: "/usr/bin/zsh -fc 'zmodload zsh/mathfunc; print $((sqrt(4)))'", first: multiarch + "/zsh/5.9/zsh/mathfunc.so"},
	{name: "header file", args: []string{"/usr/bin/gcc", "--mkdir", "/tmp"}, traced: true, exclude: "/**/stdio.h", command: "echo '#include <stdio.h>' | /usr/bin/gcc -E -o /dev/null -", first: "/usr/include/stdio.h"},
	{name: "macros of groff", args: []string{"/usr/bin/groff"}, traced: true, exclude: "/**/tmac/an{,-old}.tmac", command: "echo '.TH A 1' | /usr/bin/groff -man -Tascii", first: "/usr/share/groff/1.22.4/tmac/an.tmac"},
}

// firstMissing is the first file that a failed test names.
var firstMissing = regexp.MustCompile(`likeliest first:\n +--(include|mkdir) (\S+)`)

// TestIncomplete makes bundles that lack one thing each: the test must name it
// first, and --repair must make the bundle pass.
func TestIncomplete(t *testing.T) {
	if testing.Short() {
		t.Skip("bundles many programs")
	}
	needRoot(t)
	wrong := 0
	for _, c := range incompletes {
		if !c.light && !*programs {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			if _, err := os.Stat(c.args[0]); err != nil {
				t.Fatalf("needs %s: make packages installs it, or make test-programs", c.args[0])
			}
			status, text := magicpak(t, c.options()...)
			m := firstMissing.FindStringSubmatch(text)
			if status != statusTest {
				t.Errorf("status %d\n%s", status, text)
			}
			if m == nil || !c.removed(m[2]) || (m[1] == "mkdir") != c.mkdir {
				wrong++
				t.Logf("named first: %q, want %s\n%s", m, c.first, text)
			}
			if status, text := magicpak(t, append(c.options(), "--repair")...); status != 0 {
				t.Errorf("--repair ends with status %d\n%s", status, text)
			}
		})
	}
	t.Logf("%d named wrong", wrong)
	if wrong > 2 {
		t.Errorf("%d bundles lack what was not named first", wrong)
	}
}

func (c *incomplete) options() []string {
	list := append([]string{"--test", "--test-command", c.command, "--exclude", c.exclude}, c.args...)
	if c.stdout != "" {
		list = append(list, "--test-stdout", c.stdout)
	}
	if c.traced {
		list = append(list, "--dynamic", "--dynamic-command", c.command)
	}
	return list
}

// magicpak runs it in a folder of its own.
func magicpak(t *testing.T, args ...string) (status int, stderr string) {
	t.Helper()
	return magicpakTo(t, "out", args...)
}

// magicpakTo writes to output.
func magicpakTo(t *testing.T, output string, args ...string) (status int, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	dir := t.TempDir()
	cmd := &exec.Cmd{Path: self, Args: append([]string{"magicpak"}, append(args, output)...), Dir: dir, Stderr: &text}
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "NO_COLOR=1")
	return statusOf(cmd.Run()), strings.TrimSpace(text.String())
}

// removed tells whether path leads to the file that must be named first, or to
// another one of those that were left out.
func (c *incomplete) removed(path string) bool {
	first, err := filepath.EvalSymlinks(c.first)
	walked, err2 := filepath.EvalSymlinks(path)
	return err == nil && err2 == nil && (walked == first || doublestar.MatchUnvalidated(c.exclude, walked))
}

// TestRepair makes bundles of programs that open nearly everything themselves by
// static analysis of ELF files alone. With --repair they work, also in another
// jail than that of the test.
func TestRepair(t *testing.T) {
	if testing.Short() {
		t.Skip("bundles large programs")
	}
	needRoot(t)
	for _, p := range []struct {
		program string
		command []string // $WORK is replaced
		want    string
		heavy   bool
	}{
		{"/usr/bin/perl", []string{"/usr/bin/perl", "-MFile::Temp", "-MPOSIX", "-e", "print POSIX::floor(42.5)"}, "42", false},
		{"/usr/bin/git", []string{"/usr/bin/git", "-c", "safe.directory=*", "clone", "file://$WORK/repo", "/tmp/copy"}, "", false},
		{"/usr/bin/python3", []string{"/usr/bin/python3", "-c", "import json, random; print(json.dumps(42))"}, "42", true},
		{"/usr/bin/node", []string{"/usr/bin/node", "$WORK/main.js"}, "42", true},
	} {
		t.Run(filepath.Base(p.program), func(t *testing.T) {
			if p.heavy && !*programs {
				t.Skip("make test-programs does it")
			}
			installed(t, p.program, p.heavy)
			w := newWork(t)
			w.must(exec.Command("sh", "-ec", `git init -q "$0/repo" && git -C "$0/repo" -c user.name=a -c user.email=a@b commit -q --allow-empty -m first
				echo 'console.log(require("./n"))' >"$0/main.js" && echo 'module.exports = 42' >"$0/n.js"`, w.dir))
			var words []string
			for _, word := range p.command {
				words = append(words, w.in(word))
			}
			status, text := magicpakTo(t, w.bundle(), "--implied", "none", "--test", "--repair", "--test-stdout", p.want,
				"--mkdir", "/tmp", "--include", w.in("$WORK/repo"), "--test-command", quoted(words), p.program)
			if status != 0 {
				t.Fatalf("status %d\n%s", status, text)
			}
			if out := string(w.inside(nil, words...)); !strings.Contains(out, p.want) {
				t.Errorf("printed %q, want %q", out, p.want)
			}
		})
	}
}

func quoted(words []string) string {
	var list []string
	for _, w := range words {
		list = append(list, shellQuote(w))
	}
	return strings.Join(list, " ")
}
