package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"magicpak/elfdeps"
	"magicpak/elfdeps/dlinfo"
)

// TestHeed gives a result answers that differ from it, which no loader can be
// brought to give.
func TestHeed(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	app, ld, a, b, other := file("app"), file("ld.so"), file("a/libx.so"), file("a/liby.so"), file("b/libx.so")
	variant, gone, extra, libc := file("a/glibc-hwcaps/x86-64-v3/libx.so"), file("b/libz.so"), file("b/libopened.so"), file("a/libc.so.6")
	tests := []struct {
		name   string
		answer *dlinfo.Answer
		want   []string // paths of the libraries in the end
		mapped []string
		says   string // part of what is said
	}{
		{"agrees", &dlinfo.Answer{Mapped: []string{app, ld, a, b, libc}, Own: []string{ld, libc}}, []string{a, b}, nil, ""},
		{
			"another file by name",
			&dlinfo.Answer{Found: map[string]string{"libx.so": other}, Mapped: []string{other, b}},
			[]string{other, b},
			nil, "for libx.so the loader takes " + other + ", and the native resolver " + a,
		},
		{
			"another file that a library brings",
			&dlinfo.Answer{Found: map[string]string{}, Mapped: []string{other, b}},
			[]string{other, b},
			nil, "for libx.so the loader takes " + other,
		},
		{
			"a build for this CPU",
			&dlinfo.Answer{Found: map[string]string{"libx.so": variant}, Mapped: []string{variant, b}},
			[]string{a, b},
			nil, "on this CPU the loader takes " + variant,
		},
		{
			"one that is not mapped",
			&dlinfo.Answer{Found: map[string]string{}, Mapped: []string{a}},
			[]string{a, b},
			nil, "it maps " + b + ", and it does not",
		},
		{
			"one that was missing",
			&dlinfo.Answer{Found: map[string]string{"libz.so": gone}, Mapped: []string{a, b, gone}},
			[]string{a, b, gone},
			nil, "takes " + gone + " for libz.so, which the native resolver does not find",
		},
		{
			"one more",
			&dlinfo.Answer{Mapped: []string{a, b, extra}},
			[]string{a, b},
			[]string{extra},
			"also maps " + extra,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := planFor("--resolver", "dlinfo", app, filepath.Join(dir, "out"))
			if err != nil {
				t.Fatal(err)
			}
			bu, err := newBundling(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			bu.asking.mapped = map[string][]string{}
			res := &elfdeps.Result{
				Path: app, Loader: ld,
				Libraries: []elfdeps.Library{
					{Name: "libx.so", Path: a, Kind: elfdeps.Needed},
					{Name: "liby.so", Path: b, Kind: elfdeps.Needed},
				},
				Missing: []*elfdeps.NotFoundError{{Name: "libz.so", NeededBy: app, Kind: elfdeps.Needed}},
			}
			said := recordLog(t)
			bu.heed(res, tt.answer)
			var got []string
			for _, l := range res.Libraries {
				got = append(got, l.Path)
			}
			if !slices.Equal(got, tt.want) || !slices.Equal(bu.asking.mapped[app], tt.mapped) {
				t.Errorf("libraries %v, also mapped %v", got, bu.asking.mapped[app])
			}
			if tt.says == "" && said.Len() > 0 || !strings.Contains(said.String(), tt.says) {
				t.Errorf("said %q, want %q", said, tt.says)
			}
		})
	}
}

// recordLog returns what is logged until the test's end.
func recordLog(t *testing.T) *bytes.Buffer {
	t.Helper()
	said, before := &bytes.Buffer{}, slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelInfo})))
	t.Cleanup(func() { slog.SetDefault(before) })
	return said
}
