package main

import (
	"reflect"
	"testing"
)

// TestOriginalOptions holds the option table against the original's command line.
func TestOriginalOptions(t *testing.T) {
	original := []struct{ name, short, metavar, def string }{
		{"include", "i", "GLOB", ""},
		{"exclude", "e", "GLOB", ""},
		{"mkdir", "", "PATH", ""},
		{"install-to", "r", "PATH", ""},
		{"log-level", "", "LEVEL", "Warn"},
		{"verbose", "v", "", ""},
		{"test", "t", "", ""},
		{"test-command", "", "COMMAND", ""},
		{"test-stdin", "", "CONTENT", ""},
		{"test-stdout", "", "CONTENT", ""},
		{"dynamic", "d", "", ""},
		{"dynamic-arg", "", "ARG", ""},
		{"dynamic-stdin", "", "CONTENT", ""},
		{"compress", "c", "", ""},
		{"upx-arg", "", "ARG", ""},
		{"busybox", "", "PATH|NAME", "busybox"},
		{"upx", "", "PATH|NAME", "upx"},
		{"cc", "", "PATH|NAME", "cc"},
		{"experimental-noload-resolver", "", "", ""},
		{"help", "h", "", ""},
	}
	for _, want := range original {
		o := find(bundleOptions(&flags{}), want.name)
		if o == nil {
			t.Errorf("--%s is no option", want.name)
			continue
		}
		if o.short != want.short || o.metavar != want.metavar || o.def != want.def {
			t.Errorf("--%s: -%s %s default %q, want -%s %s default %q",
				want.name, o.short, o.metavar, o.def, want.short, want.metavar, want.def)
		}
	}
}

func find(table []option, name string) *option {
	for i := range table {
		if table[i].name == name {
			return &table[i]
		}
	}
	return nil
}

func TestParse(t *testing.T) {
	f := &flags{}
	words, err := parse(bundleOptions(f), []string{
		"-i", "/a,b", "in", "--include=/c", "-v", "-e", "--exclude", "--upx", "x", "out", "--", "-z",
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"in", "out", "-z"}; !reflect.DeepEqual(words, want) {
		t.Errorf("words %q, want %q", words, want)
	}
	want := &flags{
		include: []string{"/a,b", "/c"}, exclude: []string{"--exclude"}, verbose: true,
		dlinfo: dlinfoFlags{resolver: "native", cc: "cc"}, implied: "auto", expand: "none", upx: "x", root: "/", hwcaps: "none", logLevel: "Warn", progress: "auto",
		dynamic: dynamicFlags{signal: "TERM", exitCode: "0", tracer: "auto"},
		test:    testFlags{busybox: "busybox", timeout: "60s", exitCode: "0", user: "0", repairLimit: "20"},
	}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("flags %+v, want %+v", f, want)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
		hint string
	}{
		{[]string{"--includ", "x"}, "unknown option --includ", "did you mean --include?"},
		{[]string{"--zzz"}, "unknown option --zzz", ""},
		{[]string{"-vx"}, "unknown option -x", ""},
		{[]string{"a", "-i"}, "--include needs a value: --include GLOB", ""},
		{[]string{"--dry-run=no!"}, "--dry-run takes no value", ""},
	} {
		_, err := parse(bundleOptions(&flags{}), c.args)
		checkUsage(t, c.args, err, c.want, c.hint)
	}
}

// checkUsage wants err to be a usageError with that text and hint.
func checkUsage(t *testing.T, what any, err error, want, hint string) {
	t.Helper()
	u, ok := err.(*usageError)
	if !ok || u.msg != want || u.hint != hint {
		t.Errorf("%q: %#v, want %q, hint %q", what, err, want, hint)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"include", "includ", 1}, {"include", "exclude", 2}, {"mkdir", "mkdri", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
