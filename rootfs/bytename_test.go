package rootfs

import (
	"encoding/json"
	"testing"
)

func TestByteName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"", `""`},
		{"/usr/bin/x", `"/usr/bin/x"`},
		{"/ä €", `"/ä €"`},
		{"<&>", `"<&>"`},
		{`a\b`, `"a\\\\b"`},
		{"a\"b", `"a\"b"`},
		{"a\nb\x7f", `"a\\x0ab\\x7f"`},
		{"\xff\xc3", `"\\xff\\xc3"`},
		{"\ufffd", `"` + "\ufffd" + `"`},
	} {
		got, err := json.Marshal(ByteName(c.name))
		if err != nil || string(got) != c.want {
			// json.Marshal escapes what is special in HTML once more.
			if direct, _ := ByteName(c.name).MarshalJSON(); string(direct) != c.want {
				t.Errorf("%q: %s, %v, want %s", c.name, direct, err, c.want)
			}
		}
		var back ByteName
		if err := json.Unmarshal(got, &back); err != nil || string(back) != c.name {
			t.Errorf("%s: %q, %v, want %q", got, back, err, c.name)
		}
	}
	for _, bad := range []string{`"a\\"`, `"\\x0"`, `"\\xgg"`, `"\\n"`, `3`, `"`} {
		var n ByteName
		if err := json.Unmarshal([]byte(bad), &n); err == nil {
			t.Errorf("%s: %q, want an error", bad, n)
		}
	}
}

// FuzzByteName wants every name back as it was.
func FuzzByteName(f *testing.F) {
	f.Add("/usr/\xff\\x00\n")
	f.Fuzz(func(t *testing.T, name string) {
		b, err := json.Marshal(ByteName(name))
		if err != nil {
			t.Fatal(err)
		}
		var back ByteName
		if err := json.Unmarshal(b, &back); err != nil || string(back) != name {
			t.Errorf("%q: %s, %q, %v", name, b, back, err)
		}
	})
}
