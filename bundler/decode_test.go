package bundler

import (
	"bytes"
	"strings"
	"testing"
)

// manifestOf returns a manifest in JSON with these entries.
func manifestOf(entries string) string {
	return `{"magicpak-manifest":1,"entries":[` + entries + `]}`
}

func TestDecodeRefuses(t *testing.T) {
	const good = `{"path":"/a","type":"file","mode":"0644","mtime":"1.000000000","origins":[{"kind":"input"}]}`
	for _, c := range []struct{ json, want string }{
		{"", "read manifest: EOF"},
		{"{}", "read manifest: this is JSON, but no manifest of magicpak"},
		{`{"magicpak-manifest":99}`, "read manifest: version 99; this magicpak reads version 1"},
		{manifestOf(strings.Replace(good, `"/a"`, `"a"`, 1)), `read manifest: "a": no absolute path, or not a plain one`},
		{manifestOf(strings.Replace(good, `"/a"`, `"/a/../b"`, 1)), `read manifest: "/a/../b": no absolute path, or not a plain one`},
		{manifestOf(strings.Replace(good, `"0644"`, `"0888"`, 1)), `read manifest: /a: mode "0888"`},
		{manifestOf(strings.Replace(good, `"0644"`, `"100644"`, 1)), `read manifest: /a: mode "100644"`},
		{manifestOf(strings.Replace(good, `"file"`, `"door"`, 1)), `read manifest: /a: type "door"`},
		{manifestOf(strings.Replace(good, `1.000000000`, `yesterday`, 1)), `read manifest: /a: time "yesterday"`},
		{manifestOf(strings.Replace(good, `1.000000000`, `1.1000000000`, 1)), `read manifest: /a: time "1.1000000000"`},
		{manifestOf(good + "," + good), "read manifest: /a: twice"},
	} {
		if _, err := Decode(strings.NewReader(c.json)); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.json, err, c.want)
		}
	}
	if _, err := Decode(strings.NewReader(manifestOf(good))); err != nil {
		t.Error(err)
	}
}

// FuzzDecode wants a manifest that is read to be written and read again as the
// same, and every entry to have a chain of reasons that ends.
func FuzzDecode(f *testing.F) {
	f.Add(manifestOf(`{"path":"/a","type":"link","mode":"0777","mtime":"1.000000000","target":"/a","origins":[{"kind":"needed","by":"/a"}]}`))
	f.Add(manifestOf(`{"path":"/\\xff","type":"char","mode":"0600","mtime":"-1.999999999","rdev":259,"origins":[{"kind":"needed","by":"/b"}]},` +
		`{"path":"/b","type":"dir","mode":"1777","mtime":"1.000000000","origins":[{"kind":"needed","by":"/\\xff"}]}`))
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Decode(strings.NewReader(text))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		must(t, m.Encode(&first))
		again, err := Decode(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("read what was written: %v\n%s", err, &first)
		}
		must(t, again.Encode(&second))
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("written twice:\n%s\n%s", &first, &second)
		}
		for e := range m.Entries() {
			if len(m.Why(e.Path)) == 0 {
				t.Errorf("%s is there without a reason", e.Path)
			}
		}
	})
}
