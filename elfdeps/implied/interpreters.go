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
		Name:  "perl",
		Why:   "perl loads modules from the folders of @INC, of 40 MB where all of them are installed",
		On:    Signal{Sonames: []string{"libperl.so.*"}, Names: []string{"perl", "perl5*"}},
		Shown: true,
		Find:  perl,
	},
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
	b := Brings{Leave: pythonLeaves(v)}
	for _, prefix := range prefixes(s) {
		for _, lib := range []string{"lib", "lib64", "local/lib"} {
			b.Paths = append(b.Paths, path.Join(prefix, lib, "python"+v), path.Join(prefix, lib, "python"+v[:1], "dist-packages"))
		}
		b.Paths = append(b.Paths, path.Join(prefix, "pyvenv.cfg"))
		b.Globs = append(b.Globs, "/etc/python"+v)
	}
	return b
}

// prefixes returns the folders above those that the object lies in, as it was
// named and where it is.
func prefixes(s *scene) []string {
	var list []string
	for _, p := range []string{s.Path, s.Walked} {
		dir := path.Dir(path.Dir(p))
		if b := path.Base(path.Dir(p)); strings.Contains(b, "-linux-") || b == "lib64" {
			dir = strings.TrimSuffix(strings.TrimSuffix(dir, "/lib"), "/lib64")
		}
		for _, d := range []string{dir, path.Join("/usr", strings.TrimPrefix(dir, "/usr"))} {
			if dir == "/" && d == "/" {
				d = "/usr"
			}
			if !slices.Contains(list, d) {
				list = append(list, d)
			}
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
	inc := s.existing(s.Object, func(p string) bool {
		return strings.Contains(p, "perl") && path.Base(p) != "bin" && path.Base(path.Dir(p)) != "bin" && s.isDir(p)
	})
	unwanted := nameIn("CORE", "*.pod", "*.h", "*.a", "*.ld", "Test", "TAP", "CPAN", "t")
	return Brings{Paths: inc, Leave: unwanted}
}
