package elfdeps

import (
	"slices"
	"testing"
)

func testRun() *run {
	main := &link{obj: &Object{}, origin: "/o/bin"}
	return &run{
		Resolver: &Resolver{},
		policy:   &Policy{Lib: "lib64", Platforms: []string{"p1", "p2"}, Dirs: []string{"/lib64/", "/usr/lib64/"}},
		main:     main,
	}
}

func TestExpand(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"plain", []string{"plain"}},
		{"$ORIGIN/../lib", []string{"/o/bin/../lib"}},
		{"${ORIGIN}x", []string{"/o/binx"}},
		{"$ORIGINAL", []string{"$ORIGINAL"}},
		{"$ORIGIN_", []string{"$ORIGIN_"}},
		{"$ORIGIN-x", []string{"/o/bin-x"}},
		{"${ORIGIN", []string{"${ORIGIN"}},
		{"$$LIB", []string{"$lib64"}},
		{"$LIB:$LIB", []string{"lib64:lib64"}},
		{"a/$PLATFORM/$LIB", []string{"a/p1/lib64", "a/p2/lib64"}},
		{"$", []string{"$"}},
		{"$UNKNOWN/$LIB", []string{"$UNKNOWN/lib64"}},
	}
	for _, tt := range tests {
		r := testRun()
		if got := r.expand(r.main, tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestExpandSecure(t *testing.T) {
	tests := []struct {
		in     string
		origin string
		want   []string
	}{
		{"$ORIGIN/../lib64/x", "/usr/bin", []string{"/usr/bin/../lib64/x"}},
		{"$ORIGIN/../lib", "/usr/bin", nil},
		{"$ORIGIN", "/lib64", []string{"/lib64"}},
		{"x$ORIGIN", "/lib64", nil},
		{"${ORIGIN}x", "/lib64", nil},
		{"/a/$LIB", "/usr/bin", []string{"/a/lib64"}},
	}
	for _, tt := range tests {
		r := testRun()
		r.secure, r.main.origin = true, tt.origin
		if got := r.expand(r.main, tt.in); !slices.Equal(got, tt.want) {
			t.Errorf("%q in %s: got %q, want %q", tt.in, tt.origin, got, tt.want)
		}
	}
}

func TestDecompose(t *testing.T) {
	tests := []struct {
		in, sep string
		want    []string
	}{
		{"/a:/b/", ":", []string{"/a/", "/b/"}},
		{":/a", ":", []string{"", "/a/"}},
		{"/a;/b", ":", []string{"/a;/b/"}},
		{"/a;/b", ":;", []string{"/a/", "/b/"}},
		{"/a:/a/:/a//", ":", []string{"/a/"}},
		{"/:lib", ":", []string{"/", "lib/"}},
		{"$PLATFORM", ":", []string{"p1/", "p2/"}},
	}
	for _, tt := range tests {
		r := testRun()
		if got := r.decompose(r.main, tt.in, tt.sep).dirs; !slices.Equal(got, tt.want) {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestExpandMusl(t *testing.T) {
	tests := map[string]string{
		"/a:/b":               "/a:/b",
		"$ORIGIN/l:${ORIGIN}": "/o/l:/o",
		"$ORIGINAL":           "/oAL",
		"/a:$LIB":             "",
		"$ORIGIN:$":           "",
	}
	for in, want := range tests {
		if got := expandMusl(in, "/o"); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
