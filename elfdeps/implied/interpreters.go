package implied

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// interpreters: programs whose own modules lie in folders.
var interpreters = []Rule{
	{
		Name:  "python",
		Why:   "python loads its standard library, of 30 MB, and the packages that are installed beside it",
		On:    Signal{Sonames: []string{"libpython*.so*"}, Names: []string{"python", "python[23]", "python[23].*"}},
		Shown: true,
		Find:  python,
	},
	{
		Name: "python-codecs",
		Why:  "python loads a codec when its name comes up: which one the locale has, or the data name (2 MB)",
		On:   Signal{Sonames: []string{"libpython*.so*"}, Names: []string{"python", "python[23]", "python[23].*"}},
		Find: pythonCodecs,
	},
	{
		Name:  "perl",
		Why:   "perl loads modules from the folders of @INC, of 40 MB where all of them are installed",
		On:    Signal{Sonames: []string{"libperl.so.*"}, Names: []string{"perl", "perl5*"}},
		Shown: true,
		Find:  perl,
	},
	{
		Name:  "ruby",
		Why:   "ruby loads its standard library and gems, of 10 MB and more",
		On:    Signal{Sonames: []string{"libruby*.so.*"}, Names: []string{"ruby", "ruby[0-9]*"}},
		Shown: true,
		Find:  ruby,
	},
	{
		Name:  "node",
		Why:   "a node that distributions build loads parts of itself from a folder",
		On:    Signal{Sonames: []string{"libnode.so.*"}, Names: []string{"node", "nodejs"}},
		Shown: true,
		Find:  folders("/usr/share/nodejs/", "/usr/lib/nodejs/"),
	},
	{
		Name:  "java",
		Why:   "java loads its modules file, of 130 MB, its libraries and its configuration from its home, which is brought without what opens windows (GTK and X11, of 100 MB)",
		On:    Signal{Sonames: []string{"libjli.so"}, Names: []string{"java"}},
		Shown: true,
		Find:  java,
	},
	{
		Name:  "r",
		Why:   "R loads its packages, of 50 MB, from its home, and its start script runs a few commands",
		On:    Signal{Sonames: []string{"libR.so"}, Names: []string{"R", "Rscript"}},
		Shown: true,
		Find:  rHome,
	},
	{
		Name:  "lua",
		Why:   "lua loads modules from the folders of package.path and package.cpath",
		On:    Signal{Sonames: []string{"liblua*.so*"}, Names: []string{"lua", "lua[5-9]*", "luajit*"}},
		Shown: true,
		Find:  folders("/lua/"),
	},
	{
		Name:  "tcl",
		Why:   "tcl and tk read their scripts when they start",
		On:    Signal{Sonames: []string{"libtcl*.so*", "libtk*.so*"}},
		Shown: true,
		Find:  folders("/tcltk/", "/share/tcl", "/share/tk", "/lib/tcl", "/lib/tk"),
	},
	{
		Name:  "guile",
		Why:   "guile loads its modules, of 50 MB, from folders of its own",
		On:    Signal{Sonames: []string{"libguile-*.so*"}, Names: []string{"guile"}},
		Shown: true,
		Find:  folders("/guile/"),
	},
	{
		Name:  "erlang",
		Why:   "erl starts its emulator and loads applications, of 20 MB and more, from its home, and its start script runs a few commands",
		On:    Signal{Names: []string{"erl", "erlc", "escript", "erlexec", "beam.smp"}},
		Shown: true,
		Find:  erlang,
	},
	{
		Name:  "ocaml",
		Why:   "ocaml loads the interfaces and byte code of its library, which are brought without what only compilers read",
		On:    Signal{Names: []string{"ocaml", "ocamlrun*"}},
		Shown: true,
		Paths: []string{"/usr/lib/ocaml", "/usr/local/lib/ocaml"},
		Find:  ocaml,
	},
	{
		Name:  "php",
		Why:   "php reads its ini files and loads the extensions that they name",
		On:    Signal{Names: []string{"php", "php[0-9]*", "php-fpm*", "php-cgi*"}, Sonames: []string{"libphp*.so"}},
		Shown: true,
		Find:  folders("/etc/php/", "/usr/lib/php/", "/usr/lib64/php/", "/local/etc/php/", "/local/lib/php/"),
	},
}

// folders returns a Find that brings those folders and files among the object's
// strings whose paths have one of the parts.
func folders(parts ...string) func(*scene) Brings {
	return func(s *scene) Brings {
		return Brings{
			Paths: s.existing(s.Object, func(p string) bool { return has(p+"/", parts) }),
			Leave: nameIn("*.a", "*.h", "doc", "man"),
		}
	}
}

func has(p string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(p, part) })
}

var pythonVersion = regexp.MustCompile(`python([23]\.[0-9]+)`)

// python brings the standard library of the version that the object is, from
// beside it, the packages of that prefix, and those of a virtual environment.
func python(s *scene) Brings {
	version := pythonVersion.FindStringSubmatch(path.Base(s.Walked) + " " + s.Soname)
	if version == nil {
		return Brings{}
	}
	v := version[1]
	b := Brings{Paths: []string{"/etc/python" + v}, Leave: pythonLeaves(v)}
	for _, prefix := range prefixes(s) {
		for _, lib := range []string{"lib", "lib64", "local/lib"} {
			b.Paths = append(b.Paths, path.Join(prefix, lib, "python"+v), path.Join(prefix, lib, "python"+v[:1], "dist-packages"))
		}
		b.Paths = append(b.Paths, path.Join(prefix, "pyvenv.cfg"))
	}
	return b
}

// pythonCodecs brings the codecs of the standard library.
func pythonCodecs(s *scene) Brings {
	b := python(s)
	lib := b.Paths
	b.Paths = nil
	for _, p := range lib {
		if pythonVersion.MatchString(path.Base(p)) {
			b.Paths = append(b.Paths, path.Join(p, "encodings"))
		}
	}
	return b
}

// prefixes returns the folders above bin or lib that the object lies in, as it
// was named and where it is; /usr for what lies at the top.
func prefixes(s *scene) []string {
	var list []string
	for _, p := range []string{s.Path, s.Walked} {
		dir := path.Dir(triplet.ReplaceAllString(path.Dir(p), "/lib"))
		if dir == "/" {
			dir = "/usr"
		}
		if !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}

// pythonLeaves leaves out tests, what is for building, and the compiled files
// of other versions.
func pythonLeaves(version string) func(string) bool {
	tag := ".cpython-" + strings.ReplaceAll(version, ".", "")
	unwanted := nameIn("test", "tests", "idlelib", "turtledemo", "ensurepip", "lib2to3", "config-"+version+"*", "*.a", "*.pdb")
	return func(p string) bool {
		if path.Base(path.Dir(p)) == "__pycache__" {
			return !strings.Contains(path.Base(p), tag)
		}
		return unwanted(p) && !strings.Contains(p, "/dist-packages/") && !strings.Contains(p, "/site-packages/")
	}
}

// perl brings the folders of @INC, which stand in perl itself.
func perl(s *scene) Brings {
	return Brings{
		Paths: s.existing(s.Object, func(p string) bool {
			return strings.Contains(p, "perl") && path.Base(p) != "bin" && path.Base(path.Dir(p)) != "bin" && s.isDir(p)
		}),
		Leave: nameIn("CORE", "*.pod", "*.h", "*.a", "*.ld", "Test", "TAP", "CPAN", "t"),
	}
}

// ruby brings the folders of $LOAD_PATH, which stand in ruby itself, and gems.
func ruby(s *scene) Brings {
	return Brings{
		Paths: s.existing(s.Object, func(p string) bool {
			return (strings.Contains(p, "/ruby/") || strings.HasSuffix(p, "_ruby")) && s.isDir(p) && !strings.Contains(p, "/include/")
		}),
		Globs: []string{"/var/lib/gems/*", "/usr/share/rubygems-integration", "/usr/lib/*/rubygems-integration"},
		Leave: nameIn("*.a", "*.h", "ri", "rdoc", "doc", "test"),
	}
}

// windowLibraries are what distributions leave out of a headless Java.
var windowLibraries = []string{"libawt_xawt.so", "libjawt.so", "libsplashscreen.so", "libatk-wrapper.so"}

// java brings the home that the object lies in: the nearest folder above it that
// has modules, or before Java 9 a rt.jar.
func java(s *scene) Brings {
	for home := path.Dir(s.Walked); home != "/"; home = path.Dir(home) {
		if s.exists(home+"/lib/modules") || s.exists(home+"/lib/rt.jar") || s.exists(home+"/jre/lib/rt.jar") {
			return Brings{
				Paths: []string{home + "/lib", home + "/conf", home + "/release", home + "/jre/lib"},
				Leave: nameIn(append(windowLibraries, "src.zip", "ct.sym", "*.diz", "*.debuginfo")...),
			}
		}
	}
	return Brings{}
}

// rHome brings R's home, which holds lib/libR.so and bin/R, or is where the
// script in /usr/bin says, and the folders that Debian keeps elsewhere.
func rHome(s *scene) Brings {
	homes := []string{path.Dir(path.Dir(s.Walked)), "/usr/lib/R", "/usr/lib64/R", "/usr/local/lib/R"}
	at := slices.IndexFunc(homes, func(h string) bool { return s.exists(h + "/library/base") })
	if at < 0 {
		return Brings{}
	}
	home := homes[at]
	return Brings{
		Paths: append(commands("uname", "sed", "dirname", "basename", "rm", "mkdir", "ls", "cat", "grep", "expr", "which"),
			home, "/etc/R", "/usr/share/R/share", "/usr/local/lib/R/site-library"),
		Leave: nameIn("doc", "html", "help", "po", "tests", "demo", "include", "*.pdf"),
	}
}

// commands returns the paths at which common commands are.
func commands(names ...string) []string {
	var list []string
	for _, n := range names {
		list = append(list, "/bin/"+n, "/usr/bin/"+n)
	}
	return list
}

// erlang brings the home: erl is a script in its bin, the emulator is further in.
func erlang(s *scene) Brings {
	for home := path.Dir(s.Walked); home != "/"; home = path.Dir(home) {
		if len(s.glob(home+"/erts-*")) > 0 {
			return Brings{
				Paths: append(commands("dirname", "basename", "sed"), home),
				Leave: nameIn("doc", "man", "src", "include", "examples", "*.a", "*.h", "*.erl"),
			}
		}
	}
	return Brings{}
}

// ocaml leaves out what is for building native programs, and the compiler's own
// library, of 150 MB.
func ocaml(*scene) Brings {
	return Brings{Leave: nameIn("*.a", "*.o", "*.h", "*.cmx", "*.cmxa", "*.cmxs", "*.cmt", "*.cmti", "*.ml", "*.mli", "compiler-libs", "caml", "Makefile*")}
}
