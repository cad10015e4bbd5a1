package main

import "testing"

// TestOwnOptions holds the option table against what magicpak has beyond the
// original.
func TestOwnOptions(t *testing.T) {
	for _, want := range []struct {
		name, metavar, def string
		many               bool
		short              string
	}{
		{"dynamic-command", "CMD", "", true, ""},
		{"dynamic-exercise", "CMD", "", false, ""},
		{"dynamic-signal", "SIGNAL", "TERM", false, ""},
		{"dynamic-timeout", "DUR", "", false, ""},
		{"dynamic-env", "K=V", "", true, ""},
		{"dynamic-workdir", "DIR", "", false, ""},
		{"dynamic-exit-code", "N", "0", false, ""},
		{"tracer", "NAME", "auto", false, ""},
		{"require-dynamic", "", "", false, ""},
		{"profile", "FILE", "", true, ""},
		{"profile-out", "FILE", "", false, ""},
		{"with", "LIST", "", false, ""},
		{"expand", "MODE", "none", false, ""},
		{"test-timeout", "DUR", "60s", false, ""},
		{"test-exit-code", "N", "0", false, ""},
		{"test-env", "K=V", "", true, ""},
		{"test-user", "UID[:GID]", "", false, ""},
		{"repair", "", "", false, ""},
		{"resolver", "NAME", "native", false, ""},
		{"hwcaps", "none|all", "none", false, ""},
		{"root", "DIR", "/", false, ""},
		{"manifest", "FILE", "", false, ""},
		{"report", "FILE.html", "", false, ""},
		{"dry-run", "", "", false, ""},
		{"version", "", "", false, "V"},
	} {
		o := find(bundleOptions(&flags{}), want.name)
		if o == nil {
			t.Errorf("--%s is no option", want.name)
			continue
		}
		if o.short != want.short || o.metavar != want.metavar || o.many != want.many || (want.def != "" && o.def != want.def) {
			t.Errorf("--%s: -%s %s default %q repeatable %v, want -%s %s default %q repeatable %v",
				want.name, o.short, o.metavar, o.def, o.many, want.short, want.metavar, want.def, want.many)
		}
	}
}

// TestRepeatable wants the options that the original takes several times to be
// so, and CC to be the default of --cc.
func TestRepeatable(t *testing.T) {
	for _, name := range []string{"include", "exclude", "mkdir", "dynamic-arg", "upx-arg"} {
		if o := find(bundleOptions(&flags{}), name); !o.many {
			t.Errorf("--%s cannot be repeated", name)
		}
	}
	if o := find(bundleOptions(&flags{}), "cc"); o.env != "CC" {
		t.Errorf("--cc: variable %q, want CC", o.env)
	}
}

// TestHelpOnce wants every option of the table in --help, and no two of one
// name or letter.
func TestHelpOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range bundleOptions(&flags{}) {
		for _, key := range []string{"--" + o.name, "-" + o.short} {
			if key != "-" && seen[key] {
				t.Errorf("%s stands in the table twice", key)
			}
			seen[key] = true
		}
		if o.help == "" {
			t.Errorf("--%s has no explanation", o.name)
		}
	}
}
