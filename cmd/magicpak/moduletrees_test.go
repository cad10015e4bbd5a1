package main

import (
	"os/exec"
	"strings"
	"testing"
)

// A moduleTree is an interpreter of which a run loads one module, and that then
// loads ten others of the same tree in the bundle.
type moduleTree struct {
	name    string
	program string
	setup   string   // shell commands before that, in $WORK
	one     []string // arguments that load one module
	others  []string // arguments that load ten others and print 42
	heavy   bool
}

var moduleTrees = []moduleTree{
	{
		name: "python3", program: "/usr/bin/python3", one: []string{"-c", "import json"},
		others: []string{"-c", "import ssl, sqlite3, decimal, asyncio, xml.dom.minidom, email.message, csv, ctypes, logging.handlers, http.client; print(6*7)"},
	},
	{
		name: "perl", program: "/usr/bin/perl", one: []string{"-MPOSIX", "-e", "1"},
		others: []string{
			"-MSocket", "-MData::Dumper", "-MEncode", "-MStorable", "-MDigest::SHA", "-MTime::HiRes", "-MFile::Find", "-MJSON::PP", "-MTime::Local", "-MHTTP::Tiny",
			"-e", "print 6*7",
		},
	},
	{
		name: "ruby", program: "/usr/bin/ruby", heavy: true, one: []string{"-rjson", "-e", "1"},
		others: []string{
			"-rset", "-ryaml", "-rerb", "-rtime", "-rdigest", "-ropenssl", "-rsocket", "-roptparse", "-rtempfile", "-rnet/http", "-e", "puts 6*7",
		},
	},
	{
		name: "node", program: "/usr/bin/node", heavy: true,
		setup: `mkdir -p app/node_modules/pkg/lib && for i in $(seq 11); do echo "module.exports = $i" >app/node_modules/pkg/lib/m$i.js; done
echo 'let s = 0; for (const m of process.argv.slice(2)) s += require("pkg/lib/m" + m); console.log(s - 23)' >app/main.js`,
		one: []string{"$WORK/app/main.js", "1"}, others: []string{"$WORK/app/main.js", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"},
	},
	{
		name: "php", program: "/usr/bin/php", heavy: true, one: []string{"-n", "-d", "extension=mbstring", "-r", "1;"},
		others: []string{
			"-n", "-d", "extension=ctype", "-d", "extension=fileinfo", "-d", "extension=iconv", "-d", "extension=exif", "-d", "extension=sockets", "-d", "extension=posix",
			"-d", "extension=tokenizer", "-d", "extension=calendar", "-d", "extension=ftp", "-d", "extension=shmop", "-r",
			`foreach (["ctype","fileinfo","iconv","exif","sockets","posix","tokenizer","calendar","ftp","shmop"] as $e) extension_loaded($e) or exit($e); echo 6*7;`,
		},
	},
	{
		name: "r", program: "/usr/bin/R", heavy: true, one: []string{"--vanilla", "-s", "-e", "library(splines)"},
		others: []string{
			"--vanilla", "-s", "-e",
			`for (p in c("compiler", "grid", "parallel", "stats4", "tools", "utils", "methods", "graphics", "grDevices", "datasets")) library(p, character.only = TRUE); cat(6*7)`,
		},
	},
	{
		name: "java", program: "java", heavy: true,
		setup: `mkdir app && echo 'public class Load { public static void main(String[] a) throws Exception { for (String n : a) Class.forName(n); System.out.println(6*7); } }' >app/Load.java && javac -d app app/Load.java`,
		one:   []string{"-cp", "$WORK/app", "Load", "java.sql.DriverManager"},
		others: []string{
			"-cp", "$WORK/app", "Load", "java.util.logging.Logger", "javax.naming.InitialContext", "java.net.http.HttpClient", "javax.xml.parsers.DocumentBuilderFactory",
			"java.rmi.registry.LocateRegistry", "java.lang.management.ManagementFactory", "java.util.prefs.Preferences", "javax.script.ScriptEngineManager",
			"java.net.NetworkInterface", "java.util.zip.CRC32",
		},
	},
}

// TestModuleTrees runs an interpreter that loads one module, completes the tree
// with --expand dir, and loads ten other modules in the bundle.
func TestModuleTrees(t *testing.T) {
	if testing.Short() {
		t.Skip("bundles and runs large programs")
	}
	needRoot(t)
	for _, m := range moduleTrees {
		t.Run(m.name, func(t *testing.T) { m.run(t) })
	}
}

func (m *moduleTree) run(t *testing.T) {
	installed(t, m.program, m.heavy)
	if strings.Contains(m.setup, "javac") {
		installed(t, "javac", m.heavy)
	}
	w := newWork(t)
	w.must(exec.Command("sh", "-ec", m.setup))
	args := []string{"--dynamic", "--expand", "dir"}
	for _, a := range m.one {
		args = append(args, "--dynamic-arg", w.in(a))
	}
	w.must(exec.Command("magicpak", append(args, m.program, w.bundle())...))
	out := w.inside(nil, append([]string{m.program}, m.others...)...)
	if strings.TrimSpace(string(out)) != "42" {
		t.Errorf("the other modules: printed %q, want 42", out)
	}
	t.Logf("%.1f MB", float64(w.bytes())/1e6)
}
