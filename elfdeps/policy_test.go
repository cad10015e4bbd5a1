package elfdeps

import (
	"slices"
	"strings"
	"testing"
)

// loaderImage makes the part of a loader's file that holds its policy.
func loaderImage(strs ...string) []byte {
	return []byte("\x7fELF\x02\x01\x01\x00\x00\x00" + strings.Join(strs, "\x00") + "\x00")
}

func x86() *abi { return &abis[0] }

func TestGlibcPolicy(t *testing.T) {
	tests := []struct {
		name    string
		strings []string
		want    Policy
	}{
		{
			"debian",
			[]string{
				"/proc/self/exe", "", "/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/", "",
				"lib/x86_64-linux-gnu", "lib", "x86-64-v4:x86-64-v3:x86-64-v2", "/etc/ld.so.cache",
				"ld.so (Debian GLIBC 2.41-1) stable release version 2.41.\nCopyright",
			},
			Policy{
				Dirs: []string{"/lib/x86_64-linux-gnu/", "/usr/lib/x86_64-linux-gnu/", "/lib/", "/usr/lib/"},
				Lib:  "lib/x86_64-linux-gnu", Cache: "/etc/ld.so.cache", Version: Version2{2, 41},
				HWCaps: []string{"x86-64-v4", "x86-64-v3", "x86-64-v2"},
			},
		},
		{
			"fedora",
			[]string{"/lib64/", "/usr/lib64/", "", "lib64", "/etc/ld.so.cache", "ld.so (GNU libc) stable release version 2.40."},
			Policy{Dirs: []string{"/lib64/", "/usr/lib64/"}, Lib: "lib64", Cache: "/etc/ld.so.cache", Version: Version2{2, 40}},
		},
		{
			"nixos",
			[]string{
				"/nix/store/abc-glibc-2.39/lib/", "", "lib", "/nix/store/abc-glibc-2.39/etc/ld.so.cache",
				"ld.so (GNU libc) development version 2.39.",
			},
			Policy{
				Dirs: []string{"/nix/store/abc-glibc-2.39/lib/"}, Lib: "lib",
				Cache: "/nix/store/abc-glibc-2.39/etc/ld.so.cache", Version: Version2{2, 39},
			},
		},
		{
			"behind the bytes of another array",
			[]string{"\xe5\xff/lib/", "/usr/lib/", "", "lib", "stable release version 2.38."},
			Policy{Dirs: []string{"/lib/", "/usr/lib/"}, Lib: "lib", Version: Version2{2, 38}},
		},
		{
			"without cache, $LIB merged into a longer string",
			[]string{"/opt/c/lib64/", "", "wlib64", "stable release version 2.37."},
			Policy{Dirs: []string{"/opt/c/lib64/"}, Lib: "lib64", Version: Version2{2, 37}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := glibcPolicy(loaderImage(tt.strings...), x86())
			if p == nil {
				t.Fatal("no policy found")
			}
			if !slices.Equal(p.Dirs, tt.want.Dirs) || p.Lib != tt.want.Lib || p.Cache != tt.want.Cache ||
				p.Version != tt.want.Version || !slices.Equal(p.HWCaps, tt.want.HWCaps) {
				t.Errorf("got %+v\nwant %+v", *p, tt.want)
			}
		})
	}
}

func TestGlibcPolicyNeedsFolders(t *testing.T) {
	if p := glibcPolicy(loaderImage("/etc/", "/proc/self/exe", "no folders"), x86()); p != nil {
		t.Errorf("got %+v from a file without library folders", *p)
	}
}

func TestLegacyFolders(t *testing.T) {
	a := &abi{platforms: []string{"x86_64"}, legacy: []string{"hw"}}
	want := []string{"tls/x86_64/hw/", "tls/x86_64/", "tls/hw/", "tls/", "x86_64/hw/", "x86_64/", "hw/"}
	if got := legacyFolders(a); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestMuslPolicy(t *testing.T) {
	b := loaderImage("/dev/null", "/lib:/usr/local/lib:/usr/lib", "%.*s/etc/ld-musl-aarch64.path")
	tests := map[string]string{
		"/lib/ld-musl-aarch64.so.1":       "/etc/ld-musl-aarch64.path",
		"/opt/m/lib/ld-musl-aarch64.so.1": "/opt/m/etc/ld-musl-aarch64.path",
		"ld-musl-aarch64.so.1":            "/etc/ld-musl-aarch64.path",
	}
	for loader, want := range tests {
		p := muslPolicy(b, loader, &abi{musl: "other"})
		if p.PathFile != want {
			t.Errorf("%s: path file %s, want %s", loader, p.PathFile, want)
		}
		if got := strings.Join(p.Dirs, ":"); got != "/lib:/usr/local/lib:/usr/lib" {
			t.Errorf("%s: folders %s", loader, got)
		}
	}
}

// FuzzPolicy reads the strings of files that say they are loaders.
func FuzzPolicy(f *testing.F) {
	f.Add(loaderImage("/lib64/", "/usr/lib64/", "", "lib64", "x86-64-v4:x86-64-v3", "/etc/ld.so.cache", "stable release version 2.40."))
	f.Add(loaderImage("/lib:/usr/local/lib:/usr/lib", "%.*s/etc/ld-musl-aarch64.path"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for i := range abis {
			if p := glibcPolicy(b, &abis[i]); p != nil && len(p.Dirs) == 0 {
				t.Error("a loader without folders was taken")
			}
			if p := muslPolicy(b, "/lib/ld-musl.so.1", &abis[i]); len(p.Dirs) == 0 {
				t.Error("a musl loader without folders")
			}
		}
	})
}
