package upx

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fake writes a upx that runs a shell script.
func fake(t *testing.T, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upx")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPackPassesArguments(t *testing.T) {
	c := Command{Path: fake(t, `printf '%s\n' "$@" >"$5"`), Args: []string{"-9", "--lzma"}}
	out := filepath.Join(t.TempDir(), "out")
	if err := c.Pack(t.Context(), "-odd name", out); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	want := "--no-progress\n-9\n--lzma\n-o\n" + out + "\n--\n-odd name\n"
	if string(got) != want {
		t.Errorf("arguments\n%swant\n%s", got, want)
	}
}

func TestPackRefused(t *testing.T) {
	for _, c := range []struct{ line, reason string }{
		{"upx: /a: b: IOException: file is too small -- skipped", "file is too small"},
		{"upx: /a: IOException: file has overlay -- skipped; try '--overlay=copy'", "file has overlay"},
		{"upx: /a: AlreadyPackedException", "it is packed already"},
		{"upx: /a: AlreadyPackedException: already packed by UPX", "it is packed already (already packed by UPX)"},
		{"upx: /a: NotCompressibleException", "it would not get smaller"},
		{"upx: /a: CantPackException: bad e_phoff", "it cannot be packed (bad e_phoff)"},
		{"upx: /a: UnknownExecutableFormatException", "it is no kind of executable that upx knows"},
	} {
		u := Command{Path: fake(t, `printf '%s\n' "`+c.line+`" >&2; exit 1`)}
		err := u.Pack(t.Context(), "/a", filepath.Join(t.TempDir(), "out"))
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Reason != c.reason {
			t.Errorf("%s: error %v, want the reason %q", c.line, err, c.reason)
		}
	}
}

func TestPackFailed(t *testing.T) {
	for _, c := range []struct{ script, message, lines string }{
		{"echo one; echo; echo 'upx: unrecognized option' >&2; exit 1", "run upx: exit status 1", "one|upx: unrecognized option"},
		{"kill -9 $$", "run upx: signal: killed", ""},
		{"echo 'Tested 1 file.'", "run upx: it wrote no file", "Tested 1 file."},
	} {
		u := Command{Path: fake(t, c.script)}
		err := u.Pack(t.Context(), "/a", filepath.Join(t.TempDir(), "out"))
		var failed *FailedError
		if !errors.As(err, &failed) || err.Error() != c.message || strings.Join(failed.Lines, "|") != c.lines {
			t.Errorf("%s: error %#v", c.script, err)
		}
	}
}

func TestWeigh(t *testing.T) {
	w, err := Weigh(strings.NewReader(strings.Repeat("layer ", 10000)))
	if err != nil {
		t.Fatal(err)
	}
	if w.Raw != 60000 || w.Gzip < 50 || w.Gzip > 1000 || w.Zstd < 20 || w.Zstd > 500 {
		t.Errorf("weight %+v of 60000 bytes that repeat", w)
	}
}
