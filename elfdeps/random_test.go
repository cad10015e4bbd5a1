package elfdeps_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	random     = flag.Int("random", 24, "how many roots TestRandomRoots makes")
	randomSeed = flag.Uint64("random-seed", 1, "which of them come first")
)

// A rootMaker writes the recipe of a root directory with libraries here and
// there that need each other.
type rootMaker struct {
	*rand.Rand
	strings.Builder
	libc string
	at   []string // paths of libraries so far
}

var (
	randomDirs = []string{"opt/a", "opt/b", "opt/b/sub", "lib", "usr/lib", "lib/x86_64-linux-gnu", "start/l", "start"}
	// Elements of search paths.
	randomPaths = []string{
		"/opt/a", "/opt/b", "/opt/b/", "/opt/b/sub", "/opt/none", "$ORIGIN", "${ORIGIN}/../b", "$ORIGIN/sub", "", "l",
		"/opt/link/../a", "/opt/link", "/$LIB", "/opt/b/../a", "/etc/hostname", "/start/l",
	}
)

func (m *rootMaker) pick(list []string) string { return list[m.IntN(len(list))] }

func (m *rootMaker) name() string { return fmt.Sprintf("lib%c.so", 'p'+m.IntN(6)) }

// chance is true in n of 100 cases.
func (m *rootMaker) chance(n int) bool { return m.IntN(100) < n }

// searchPath returns flags for a random DT_RPATH or DT_RUNPATH.
func (m *rootMaker) searchPath() string {
	if m.chance(35) {
		return ""
	}
	var list []string
	for range 1 + m.IntN(3) {
		list = append(list, m.pick(randomPaths))
	}
	tag := "--disable-new-dtags"
	if m.chance(50) {
		tag = "--enable-new-dtags"
	}
	return fmt.Sprintf(" %s -rpath '%s'", tag, strings.Join(list, ":"))
}

// needs returns flags for random DT_NEEDED entries.
func (m *rootMaker) needs(most int) string {
	var names []string
	for range m.IntN(most + 1) {
		name := m.name()
		switch {
		case m.chance(6):
			name = "/opt/b/" + name
		case m.chance(4):
			name = "$ORIGIN/" + name
		case m.chance(3):
			name = "l/" + name
		}
		names = append(names, "'"+name+"'")
	}
	if len(names) == 0 {
		return ""
	}
	return " $(need " + strings.Join(names, " ") + ")"
}

// library writes what stands at path: most often a library.
func (m *rootMaker) library(path string) {
	old := ""
	if len(m.at) > 0 {
		old = m.pick(m.at)
	}
	switch n := m.IntN(100); {
	case n < 5:
		fmt.Fprintf(m, "mkdir -p %s && ld -m elf_i386 -shared -o %s \"$OBJECT32\"\n", filepath.Dir(path), path)
	case n < 6:
		fmt.Fprintf(m, "mkdir -p %s && printf '%%080d' 0 >%s\n", filepath.Dir(path), path)
	case n < 12 && old != "":
		fmt.Fprintf(m, "mkdir -p %s && ln -s /%s %s\n", filepath.Dir(path), old, path)
	case n < 16 && old != "":
		fmt.Fprintf(m, "mkdir -p %s && ln %s %s\n", filepath.Dir(path), old, path)
	case n < 18:
		fmt.Fprintf(m, "mkdir -p %s && ln -s gone %s\n", filepath.Dir(path), path)
	default:
		flags := ""
		if m.chance(50) {
			flags = " -soname " + m.name()
		}
		if m.chance(8) {
			flags += " -z nodefaultlib"
		}
		fmt.Fprintf(m, "lib %s%s%s%s\n", path, flags, m.searchPath(), m.needs(3))
		m.at = append(m.at, path)
	}
}

// directives writes what the loader is asked with.
func (m *rootMaker) directives() {
	m.WriteString("#: cwd /start\n")
	if m.chance(40) {
		sep := m.pick([]string{":", ":", ";"})
		fmt.Fprintf(m, "#: LD_LIBRARY_PATH=%s%s%s\n", m.pick(randomPaths), sep, m.pick(randomPaths))
	}
	if m.chance(25) {
		fmt.Fprintf(m, "#: LD_PRELOAD=%s%s/opt/a/%s\n", m.name(), m.pick([]string{":", " "}), m.name())
	}
}

// recipe returns a build.sh.
func (m *rootMaker) recipe() string {
	m.directives()
	m.WriteString("mkdir -p work etc opt/b/sub opt/a/deep\nln -s /opt/a/deep opt/link\n: >etc/hostname\n")
	for _, dir := range randomDirs {
		for i := range 6 {
			if m.chance(35) {
				m.library(fmt.Sprintf("%s/lib%c.so", dir, 'p'+i))
			}
		}
	}
	if m.chance(10) {
		fmt.Fprintf(m, "echo '%s /opt/b/%s' >etc/ld.so.preload\n", m.name(), m.name())
	}
	if m.chance(30) {
		m.WriteString("printf '/opt/a\\n/opt/b/sub\\n' >etc/ld.so.conf\nldconfig -r . -X 2>/dev/null\n")
	}
	if m.libc == "musl" && m.chance(30) {
		m.WriteString("printf '/opt/a:/lib\\n/opt/b' >etc/ld-musl-x86_64.path\n")
	}
	fmt.Fprintf(m, "app app%s%s $(need %s)\n", m.searchPath(), m.needs(3), m.name())
	return m.String()
}

// TestRandomRoots compares with the loader in roots that nobody thought of.
func TestRandomRoots(t *testing.T) {
	needsRoot(t)
	objects, count := compileObjects(t), *random
	if testing.Short() {
		count = min(count, 4)
	}
	for i := range count {
		libc := []string{"glibc", "musl"}[i%2]
		seed := *randomSeed + uint64(i)
		t.Run(fmt.Sprintf("%s-%d", libc, seed), func(t *testing.T) {
			t.Parallel()
			recipe := (&rootMaker{Rand: rand.New(rand.NewPCG(seed, 0)), libc: libc}).recipe()
			folder := filepath.Join(t.TempDir(), fmt.Sprintf("%s-%d", libc, seed))
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(folder, "build.sh"), []byte(recipe), 0o600); err != nil {
				t.Fatal(err)
			}
			r := readRule(t, folder)
			r.build(t, folder, objects)
			if truth, got := text(r.truth(t)), text(r.emulated()); got != truth {
				t.Errorf("the loader says\n%selfdeps says\n%sin\n%s", truth, got, recipe)
			}
		})
	}
}
