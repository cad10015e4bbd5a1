package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const (
	module     = "magicpak"
	foundation = "rootfs" // which every package may import
)

// siblings are the edges between packages, besides those of cmd, that are meant
// to be: importer to imported.
var siblings = [][2]string{{"tracer", "bpf"}}

// TestPackageRules keeps packages from learning about their siblings. Only the
// command knows several of them. A package knows the folders inside its own,
// which know nothing of it, and the foundation.
func TestPackageRules(t *testing.T) {
	const format = `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}{{range .TestImports}} {{.}}{{end}}{{range .XTestImports}} {{.}}{{end}}`
	out, err := exec.Command("go", "list", "-f", format, module+"/...").Output()
	if err != nil {
		t.Fatalf("list the packages: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		for _, imported := range words[1:] {
			if why := refused(local(words[0]), local(imported)); why != "" {
				t.Errorf("%s imports %s: %s", words[0], imported, why)
			}
		}
	}
	checkFamilies(t)
}

// checkFamilies wants no package but the command to depend on two families, also
// by detours.
func checkFamilies(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`, module+"/...").Output()
	if err != nil {
		t.Fatalf("list dependencies: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		importer := local(words[0])
		if importer == "" || family(importer) == "cmd" {
			continue
		}
		for _, dep := range words[1:] {
			if why := refusedFamily(family(importer), family(local(dep))); why != "" {
				t.Errorf("%s depends on %s: %s", words[0], dep, why)
			}
		}
	}
}

// local returns the path within the module, "" for a package of others.
func local(importPath string) string {
	inside, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return inside
}

// family returns the folder at the top that holds the package.
func family(pkg string) string {
	top, _, _ := strings.Cut(pkg, "/")
	return top
}

// refused says why importer must not import imported, "" when it may. Both are
// paths within the module.
func refused(importer, imported string) string {
	switch {
	case imported == "" || imported == importer || family(importer) == "cmd":
		return ""
	case family(imported) != family(importer):
		return refusedFamily(family(importer), family(imported))
	case strings.HasPrefix(imported, importer+"/"):
		return ""
	}
	return "only a package's parent and the command import it"
}

func refusedFamily(importer, imported string) string {
	switch {
	case imported == "" || imported == importer || imported == foundation:
		return ""
	case imported == "cmd":
		return "nothing knows the command"
	case slices.Contains(siblings, [2]string{importer, imported}):
		return ""
	}
	return "siblings know nothing of each other"
}

// TestRefused holds the rules themselves.
func TestRefused(t *testing.T) {
	for _, c := range []struct {
		importer, imported string
		want               bool
	}{
		{"cmd/magicpak", "bundler", false},
		{"bundler", "rootfs", false},
		{"bundler", "bundler/pkgdb", false},
		{"tracer", "bpf", false},
		{"bundler", "", false}, // another module's
		{"bpf", "tracer", true},
		{"bundler", "elfdeps", true},
		{"bundler", "elfdeps/ldcache", true},
		{"bundler/pkgdb", "bundler", true},
		{"elfdeps/shebang", "elfdeps/ldcache", true},
		{"rootfs", "bundler", true},
		{"tester", "cmd/magicpak", true},
	} {
		if got := refused(c.importer, c.imported) != ""; got != c.want {
			t.Errorf("%s imports %s: refused %v, want %v", c.importer, c.imported, got, c.want)
		}
	}
}
