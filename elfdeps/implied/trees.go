package implied

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// A tree is a folder of modules of an interpreter, known by a file in it that
// was loaded: the next run may load the file's neighbour.
type tree struct {
	name string
	// of matches the walked path of a file that was loaded. The first group is
	// the folder.
	of *regexp.Regexp
	// flat: folders below are not of the tree, and only files that keep takes are.
	flat bool
	keep func(p string) bool
	// leave is what does not belong, as in Brings.
	leave func(p string) bool
	// along returns other folders and files of the same tree.
	along func(e *Engine, root string) []string
}

// trees holds all that is known. The first one that matches counts.
var trees = []tree{
	{name: "python", of: regexp.MustCompile(`^(.*/(?:site|dist)-packages)/(?:__pycache__/)?[^/]+$`), flat: true, keep: none}, // a module of one file
	{
		name: "python", of: regexp.MustCompile(`^(.*/(?:site|dist)-packages/[^/]+)/.*\.(?:pyc?|so)$`),
		along: pythonAlong,
	},
	{
		name: "python", of: regexp.MustCompile(`^(.*/python[23]\.[0-9]+)/.*\.(?:pyc?|so)$`),
		leave: func(p string) bool { return pythonLeavesOf(p)(p) || nameIn("site-packages", "dist-packages")(p) },
	},
	{name: "python", of: regexp.MustCompile(`^(.*)/__pycache__/[^/]+\.pyc$`), flat: true, keep: nameIn("*.py"), along: pythonPackage},
	{name: "python", of: regexp.MustCompile(`^(.*)/[^/]+\.py$`), flat: true, keep: nameIn("*.py"), along: pythonPackage},
	{
		name: "perl", of: regexp.MustCompile(`^(.*/perl/[0-9.]+|.*/perl-base)/.*\.(?:pm|pl|so|ix|al|ph)$`),
		leave: perlLeaves, along: perlAlong,
	},
	{name: "perl", of: regexp.MustCompile(`^(.*/(?:perl5|site_perl|vendor_perl)(?:/[0-9.]+)?/[^/]+)/.*\.(?:pm|pl|so)$`), leave: perlLeaves},
	{name: "ruby", of: regexp.MustCompile(`^(.*/gems/[^/]+)/.*\.(?:rb|so)$`)},
	{name: "ruby", of: regexp.MustCompile(`^(.*/ruby/[0-9.]+)/.*\.(?:rb|so)$`), along: rubyAlong},
	{name: "ruby", of: regexp.MustCompile(`^(.*/(?:vendor|site)_ruby)/.*\.(?:rb|so)$`)},
	{name: "ruby", of: regexp.MustCompile(`^(.*)/[^/]+\.rb$`), flat: true, keep: nameIn("*.rb")},
	{name: "node", of: regexp.MustCompile(`^(.*/node_modules/(?:@[^/]+/)?[^/]+)/.*$`)},
	{name: "node", of: regexp.MustCompile(`^(/usr/share/nodejs/(?:@[^/]+/)?[^/]+)/.*$`)},
	{name: "node", of: regexp.MustCompile(`^(.*)/[^/]+\.[cm]?js$`), flat: true, keep: nameIn("*.js", "*.cjs", "*.mjs", "*.json", "*.node")},
	{name: "r", of: regexp.MustCompile(`^(.*/R/(?:site-)?library)/[^/]+/.*$`), leave: nameIn("doc", "html", "help", "po", "tests", "demo", "include", "*.pdf")},
	{name: "java", of: regexp.MustCompile(`^(.*/lib)/(?:modules|rt\.jar|jvm\.cfg|libjava\.so)$`), leave: nameIn("src.zip", "ct.sym", "*.diz", "*.debuginfo"), along: javaAlong},
	{name: "java", of: regexp.MustCompile(`^(.*)/[^/]+\.jar$`), flat: true, keep: nameIn("*.jar")},
	{name: "php", of: regexp.MustCompile(`^(.*/php/[0-9]{8})/[^/]+\.so$`)},
	{name: "php", of: regexp.MustCompile(`^(.*/vendor/[^/]+/[^/]+)/.*\.php$`)},
	{name: "php", of: regexp.MustCompile(`^(.*)/[^/]+\.php$`), flat: true, keep: nameIn("*.php")},
	{name: "lua", of: regexp.MustCompile(`^(.*/lua/5\.[0-9])/.*$`)},
	{name: "tcl", of: regexp.MustCompile(`^(.*/tcltk/[^/]+)/.*\.(?:tcl|so)$`)},
	{name: "guile", of: regexp.MustCompile(`^(.*/guile/[0-9.]+)/.*\.(?:go|scm)$`)},
	{name: "erlang", of: regexp.MustCompile(`^(.*/erlang/lib)/.*\.(?:beam|app)$`), leave: nameIn("doc", "man", "src", "include", "examples", "*.erl")},
	{name: "gconv", of: regexp.MustCompile(`^(.*/gconv)/[^/]+\.so$`)},
}

// notTrees are folders that hold files of all kinds of programs.
var notTrees = append([]string{"/usr/share/java", "/tmp", "/var/tmp", "/home"}, commonFolders...)

// Tree returns the rest of the folder of modules that the loaded file at a
// walked path belongs to. Rule is the interpreter's name; Found is empty for a
// file that is none of a tree, and for a tree that was told already.
func (e *Engine) Tree(p string) Found {
	for i := range trees {
		t := &trees[i]
		m := t.of.FindStringSubmatch(p)
		if m == nil {
			continue
		}
		if slices.Contains(notTrees, m[1]) || len(e.fresh("tree "+t.name, []string{m[1]})) == 0 {
			return Found{}
		}
		f := Found{Rule: t.name, By: p}
		f.Paths, f.Bytes = e.gather(t.brings(e, m[1]), "tree")
		return f
	}
	return Found{}
}

// brings returns what belongs to the tree whose folder is root.
func (t *tree) brings(e *Engine, root string) Brings {
	b := Brings{Leave: t.leave}
	if t.flat {
		for _, n := range e.names(root) {
			if p := path.Join(root, n); t.keep(p) && !e.isDir(p) {
				b.Paths = append(b.Paths, p)
			}
		}
	} else {
		b.Paths = append(b.Paths, root)
	}
	if t.along != nil {
		b.Paths = append(b.Paths, t.along(e, root)...)
	}
	return b
}

func none(string) bool { return false }

// pythonLeavesOf returns the filter for the version that the path names.
func pythonLeavesOf(p string) func(string) bool {
	if m := pythonVersion.FindStringSubmatch(p); m != nil {
		return pythonLeaves(m[1])
	}
	return none
}

// pythonAlong returns what is installed beside a package: its metadata and the
// libraries that its extensions bring.
func pythonAlong(e *Engine, root string) []string {
	var list []string
	name := path.Base(root)
	for _, n := range e.names(path.Dir(root)) {
		if n == name+".libs" || strings.HasPrefix(n, name+"-") && (strings.HasSuffix(n, ".dist-info") || strings.HasSuffix(n, ".egg-info")) {
			list = append(list, path.Join(path.Dir(root), n))
		}
	}
	return list
}

// pythonPackage returns the package that the folder belongs to: the topmost
// folder above it in an unbroken row of folders that hold __init__.py.
func pythonPackage(e *Engine, dir string) []string {
	top := ""
	for ; dir != "/" && e.exists(dir+"/__init__.py"); dir = path.Dir(dir) {
		top = dir
	}
	if top == "" {
		return nil
	}
	return []string{top}
}

// perlLeaves leaves out documentation and what is for building.
var perlLeaves = nameIn("CORE", "*.pod", "*.h", "*.a", "*.ld", "t")

// perlAlong returns perl's own modules: those for all machines, those for this
// one and the base are one tree.
func perlAlong(e *Engine, root string) []string {
	version := path.Base(root)
	if version == "perl-base" {
		version = "[0-9]*"
	}
	return slices.Concat(e.glob("/usr/share/perl/"+version), e.glob("/usr/lib/*/perl/"+version), e.glob("/usr/lib/*/perl-base"))
}

// rubyAlong returns ruby's own library for all machines and for this one.
func rubyAlong(e *Engine, root string) []string {
	return slices.Concat(e.glob("/usr/lib/ruby/"+path.Base(root)), e.glob("/usr/lib/*/ruby/"+path.Base(root)))
}

// javaAlong returns the configuration of the home whose lib is root.
func javaAlong(_ *Engine, root string) []string {
	home := path.Dir(root)
	return []string{home + "/conf", home + "/release"}
}
