package tracer

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

func nameList(list ...rootfs.ByteName) []rootfs.ByteName { return list }

// sample is a profile with what is hard to write down: bytes that are no
// UTF-8, failures, links, several runs.
func sample() *Profile {
	return &Profile{
		Runs: []Recording{{Command: nameList("cat", "/a\xff"), Dir: "/", Backend: "ptrace", Status: 1, Remarks: []string{"r"}}},
		Accesses: []Access{
			{Op: Open, Path: "/a\xff", Object: "/a\xff", Type: unix.S_IFREG, Count: 2, By: Process{7, "/bin/cat"}, First: 1, Last: 3},
			{Op: Stat, Path: "/lib/<x>", Links: nameList("/lib"), Object: "/usr/lib/<x>", Errno: unix.ENOENT, Count: 1, First: 2, Last: 2},
		},
		Before: []Before{{Path: "/l", Target: `\back`}, {Path: "/tmp/new", Absent: true}},
	}
}

func TestEncodeDecode(t *testing.T) {
	var first, second bytes.Buffer
	if err := sample().Encode(&first); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, sample()) {
		t.Errorf("decoded\n%+v\nwant\n%+v", p, sample())
	}
	if err := p.Encode(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("encoded again: %v\n%s\nwant\n%s", err, &second, &first)
	}
	if n := strings.Count(first.String(), "\n"); n != 12 {
		t.Errorf("%d lines, want one for each element:\n%s", n, &first)
	}
}

func TestEncodeEmpty(t *testing.T) {
	var b bytes.Buffer
	if err := (&Profile{Runs: []Recording{{}}}).Encode(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := Decode(&b); err != nil {
		t.Error(err)
	}
}

func TestDecodeMalformed(t *testing.T) {
	const head = `{"magicpak-profile": 1, "runs": [{}], `
	for _, c := range []struct{ in, want string }{
		{"", "it is empty"},
		{"\n{]", "line 2 is no JSON"},
		{head, "it ends in the middle"},
		{"{}", "this is JSON, but no profile of magicpak"},
		{`{"magicpak-profile": 9}`, "version 9; this magicpak reads version 1"},
		{`{"magicpak-profile": 1}`, "it holds no run"},
		{head + `"accesses": [{"op": "eat", "path": "/a", "count": 1}]}`, `access to "/a": unknown operation "eat"`},
		{head + `"accesses": [{"op": "open", "path": "a", "count": 1}]}`, `access to "a": no absolute path`},
		{head + `"accesses": [{"op": "open", "path": "/a", "object": "/b/../c", "count": 1}]}`, `its object "/b/../c" is no walked path`},
		{head + `"accesses": [{"op": "open", "path": "/a", "links": ["x"], "count": 1}]}`, `its link "x" is no walked path`},
		{head + `"accesses": [{"op": "open", "path": "/a", "count": 1, "first": 4, "last": 2}]}`, "count 1 from 4 to 2"},
		{head + `"accesses": [{"op": "open", "path": "/\\q", "count": 1}]}`, "decode name"},
		{head + `"before": [{"path": "/a/"}]}`, `state before the run of "/a/"`},
		{head + `"accesses": 3}`, "cannot unmarshal number"},
	} {
		_, err := Decode(strings.NewReader(c.in))
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Decode(%s): %v, want %s", c.in, err, c.want)
		}
	}
}

func TestMerge(t *testing.T) {
	one, two := sample(), sample()
	two.Accesses = append(two.Accesses, Access{Op: Exec, Path: "/bin/x", Object: "/bin/x", Count: 1, First: 5, Last: 5})
	two.Before = []Before{{Path: "/tmp/new", Target: "later"}, {Path: "/b"}}
	m := Merge(one, two)
	if got := m.Accesses[0]; got.Count != 4 || got.First != 1 || got.Last != 7 {
		t.Errorf("an access of both: %+v, want count 4 from 1 to 7", got)
	}
	if got := m.Accesses[1]; got.Path != "/bin/x" || got.First != 9 {
		t.Errorf("an access of the second: %+v, want /bin/x at 9", got)
	}
	want := []Before{{Path: "/b"}, {Path: "/l", Target: `\back`}, {Path: "/tmp/new", Absent: true}}
	if !reflect.DeepEqual(m.Before, want) {
		t.Errorf("before: %+v, want the earliest of each path: %+v", m.Before, want)
	}
	if r := m.RunOf(&m.Accesses[1]); r != &m.Runs[1] {
		t.Errorf("run of the second's access: %+v", r)
	}
	if r := m.RunOf(&m.Accesses[0]); r != &m.Runs[0] {
		t.Errorf("run of the access of both: %+v", r)
	}
	if one.Accesses[0].Count != 2 || len(one.Before) != 2 {
		t.Error("the merged profile was changed")
	}
}

// FuzzDecode checks that whatever is decoded can be encoded, and is the same then.
func FuzzDecode(f *testing.F) {
	var b bytes.Buffer
	if err := sample().Encode(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(bytes.NewReader(data))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := p.Encode(&first); err != nil {
			t.Fatal(err)
		}
		again, err := Decode(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("decode %s: %v", &first, err)
		}
		if err := again.Encode(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%v: encoded again\n%s\nwant\n%s", err, &second, &first)
		}
	})
}
