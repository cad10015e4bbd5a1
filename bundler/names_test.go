package bundler

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// Names are bytes: whatever they hold comes back from the written manifest.
func TestNamesRoundTrip(t *testing.T) {
	batches := 34 // of thirty thousand names
	if testing.Short() {
		batches = 2
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range batches {
		m := &Manifest{entries: map[string]*Entry{}}
		for range 10_000 {
			p, other := "/"+randomName(random)+"/"+randomName(random), randomName(random)
			m.put(
				&Entry{Path: p, Target: other, Source: "/" + other, Stat: unix.Stat_t{Mode: unix.S_IFLNK | 0o777}},
				Origin{Kind: Included, By: "/" + other, Detail: p},
			)
		}
		var text bytes.Buffer
		must(t, m.Encode(&text))
		got, err := Decode(bytes.NewReader(text.Bytes()))
		must(t, err)
		same := func(a, b *Entry) bool {
			return a.Path == b.Path && a.Target == b.Target && a.Source == b.Source && slices.Equal(a.Origins, b.Origins)
		}
		if !maps.EqualFunc(m.entries, got.entries, same) {
			for p, e := range m.entries {
				if d := got.entries[p]; d == nil || !same(e, d) {
					t.Fatalf("%q became %+v", p, d)
				}
			}
			t.Fatalf("%d entries became %d", len(m.entries), len(got.entries))
		}
	}
}

// randomName is a name of bytes that mean something to JSON, UTF-8 or the
// escapes in a manifest, more often than others.
func randomName(r *rand.Rand) string {
	const special = "\\\"x0\n\r\t\x01\x7f\x80\xc3\xa9\xe2\x82\xac\xed\xa0\xf0\xff<&u\u2028"
	b := make([]byte, 1+r.IntN(24))
	for i := range b {
		b[i] = byte(1 + r.IntN(255))
		if r.IntN(2) == 0 {
			b[i] = special[r.IntN(len(special))]
		}
		if b[i] == '/' {
			b[i] = '\\'
		}
	}
	if string(b) == "." || string(b) == ".." {
		return "x"
	}
	return string(b)
}

// FuzzNames round-trips one name.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"a", "\xff\\x", "\\\\", "\u2028<", "a\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !isWalked("/" + s) {
			t.Skip("no path of a bundle")
		}
		m := &Manifest{entries: map[string]*Entry{}}
		m.put(&Entry{Path: "/" + s, Stat: unix.Stat_t{Mode: unix.S_IFREG}}, Origin{Kind: Input, Detail: s})
		var text bytes.Buffer
		must(t, m.Encode(&text))
		got, err := Decode(&text)
		must(t, err)
		if e := got.entries["/"+s]; e == nil || e.Origins[0].Detail != s {
			t.Errorf("%q became %v", s, paths(got))
		}
	})
}
