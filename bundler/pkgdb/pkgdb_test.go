package pkgdb

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"magicpak/rootfs"
)

func root(t *testing.T, files map[string]string) rootfs.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return rootfs.Dir(dir)
}

func TestFiles(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"dpkg": {
			"var/lib/dpkg/info/tool.list":       "/.\n/bin\n/bin/tool\n/usr/share/doc/tool\n/usr/share/doc/tool/copyright\n/usr/share/tool/data\n",
			"var/lib/dpkg/info/tool.postinst":   "x",
			"var/lib/dpkg/info/toolkit.list":    "/.\n/opt/kit\n",
			"var/lib/dpkg/info/libt:amd64.list": "/.\n/usr/lib/libt.so.1\n",
		},
		"distroless": {
			"var/lib/dpkg/status.d/tool.md5sums": "d41d8cd98f00b204e9800998ecf8427e  bin/tool\nd41d8cd98f00b204e9800998ecf8427e  usr/share/tool/data\nd41d8cd98f00b204e9800998ecf8427e  usr/share/doc/tool/copyright\n",
			"var/lib/dpkg/status.d/libt.md5sums": "d41d8cd98f00b204e9800998ecf8427e  usr/lib/libt.so.1\n",
		},
		"apk": {
			"lib/apk/db/installed": "C:Q1x=\nP:tool\nV:1\nF:bin\nM:0:0:755\nR:tool\na:0:0:755\nF:usr/share/tool\nR:data\nF:usr/share/doc/tool\nR:copyright\n\nP:libt\nF:usr/lib\nR:libt.so.1\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			db, err := Open(root(t, files))
			if err != nil {
				t.Fatal(err)
			}
			got, err := db.Files("tool")
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []string{"/bin/tool", "/usr/share/tool/data"} {
				if !slices.Contains(got, p) {
					t.Errorf("files %q lack %s", got, p)
				}
			}
			if slices.ContainsFunc(got, IsDocumentation) {
				t.Errorf("files %q hold documentation", got)
			}
			for p, want := range map[string]string{"/usr/bin/tool": "tool", "/bin/tool": "tool", "/usr/lib/libt.so.1": "libt", "/usr/lib/none": ""} {
				if got := db.Owner(p); got != want && got != want+":amd64" {
					t.Errorf("owner of %s is %q, want %q", p, got, want)
				}
			}
			if _, err := db.Files("libt"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNotInstalled(t *testing.T) {
	db, err := Open(root(t, map[string]string{"var/lib/dpkg/info/nginx-light.list": "/.\n/usr/sbin/nginx\n", "var/lib/dpkg/info/nginx-light-extras.list": "/etc/x\n"}))
	if err != nil {
		t.Fatal(err)
	}
	var missing *NotInstalledError
	if _, err := db.Files("nginx"); !errors.As(err, &missing) || missing.Near != "nginx-light" {
		t.Errorf("error %v, near %+v", err, missing)
	}
}

func TestNone(t *testing.T) {
	if _, err := Open(root(t, map[string]string{"etc/x": ""})); !errors.Is(err, ErrNone) {
		t.Errorf("error %v, want ErrNone", err)
	}
}

// A database of rpm's is named with its kind, and no trouble beside one of dpkg's,
// which Debian's rpm makes.
func TestRpm(t *testing.T) {
	for file, kind := range map[string]string{
		"var/lib/rpm/Packages": "Berkeley DB", "usr/lib/sysimage/rpm/Packages.db": "ndb", "var/lib/rpm/rpmdb.sqlite": "sqlite",
	} {
		_, err := Open(root(t, map[string]string{file: "x"}))
		var unreadable *UnreadableError
		if !errors.As(err, &unreadable) || unreadable.Path != "/"+file || !strings.Contains(unreadable.Kind, kind) {
			t.Errorf("%s: error %v, want one of a database of kind %s", file, err, kind)
		}
		if _, err := Open(root(t, map[string]string{file: "x", "var/lib/dpkg/info/tool.list": "/.\n/x\n"})); err != nil {
			t.Errorf("%s beside dpkg's: %v", file, err)
		}
	}
}

// The database of this machine, where it has one, knows its own files.
func TestThisMachine(t *testing.T) {
	db, err := Open(rootfs.Dir("/"))
	if errors.Is(err, ErrNone) {
		t.Skip("needs dpkg or apk")
	}
	if err != nil {
		t.Fatal(err)
	}
	p := "/usr/bin/dpkg"
	if _, err := os.Stat(p); err != nil {
		p = "/sbin/apk"
	}
	pkg := db.Owner(p)
	if pkg == "" {
		t.Fatalf("nobody owns %s", p)
	}
	files, err := db.Files(pkg)
	if err != nil || !slices.Contains(files, p) {
		t.Errorf("files of %s: %d of them, %v", pkg, len(files), err)
	}
}

func FuzzApk(f *testing.F) {
	f.Add("P:a\nF:x\nR:y\n")
	f.Fuzz(func(t *testing.T, text string) {
		db := &DB{files: map[string][]string{}, owners: map[string]string{}}
		db.parseApk(text)
		for p := range db.owners {
			if p == "" || p[0] != '/' {
				t.Errorf("path %q", p)
			}
		}
	})
}
