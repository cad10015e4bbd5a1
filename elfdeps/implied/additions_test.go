package implied

import (
	"errors"
	"slices"
	"testing"
)

// TestAdditions wants from each addition what its name says, of a root that has it.
func TestAdditions(t *testing.T) {
	root := map[string]string{
		"etc/ssl/certs/a.pem": "", "etc/fonts/fonts.conf": "", "usr/lib/x/gconv/EUC-JP.so": "", "usr/lib/locale/C.utf8/LC_CTYPE": "",
		"usr/lib/locale/locale-archive": "", "usr/share/misc/magic.mgc": "", "etc/mime.types": "", "usr/share/mime/magic": "", "usr/share/mime/packages/x.xml": "",
		"etc/nsswitch.conf": "", "lib/x86_64-linux-gnu/libnss_dns.so.2": "", "etc/ssl/openssl.cnf": "", "usr/lib/x/ossl-modules/legacy.so": "",
		"bin/sh": "", "lib/terminfo/x/xterm": "", "usr/share/zoneinfo/UTC": "", "etc/localtime": "->/usr/share/zoneinfo/UTC",
	}
	want := map[string][]string{
		"certs": {"/etc/ssl/certs/a.pem"}, "fonts": {"/etc/fonts/fonts.conf"}, "gconv": {"/usr/lib/x/gconv/EUC-JP.so"}, "hosts": {"made /etc/hosts"},
		"locale": {"/usr/lib/locale/C.utf8/LC_CTYPE"}, "locales": {"/usr/lib/locale/locale-archive"}, "magic": {"/usr/share/misc/magic.mgc"},
		"mime": {"/etc/mime.types", "/usr/share/mime/magic"}, "nss": {"/etc/nsswitch.conf", "/lib/x86_64-linux-gnu/libnss_dns.so.2"},
		"openssl": {"/etc/ssl/openssl.cnf", "/usr/lib/x/ossl-modules/legacy.so"}, "passwd": {"account root", "account nobody"}, "shell": {"/bin/sh"},
		"terminfo": {"/lib/terminfo/x/xterm"}, "tmp": {"folder /tmp", "folder /var/tmp"}, "tz": {"/usr/share/zoneinfo/UTC", "/etc/localtime"},
	}
	tree := makeRoot(t, root)
	for _, name := range AdditionNames() {
		e := &Engine{Root: tree, Env: func(string) string { return "" }}
		f, err := e.Addition(name)
		must(t, err)
		got := described(f)
		if len(want[name]) == 0 {
			t.Errorf("%s is not tested", name)
		}
		for _, w := range want[name] {
			if !slices.Contains(got, w) {
				t.Errorf("%s lacks %s, has %q", name, w, got)
			}
		}
		if slices.Contains(got, "/usr/share/mime/packages/x.xml") {
			t.Errorf("%s brings the sources of the MIME database", name)
		}
	}
	var unknown *NameError
	if _, err := (&Engine{}).Addition("nope"); !errors.As(err, &unknown) || unknown.Name != "nope" {
		t.Errorf("error %v, want a NameError", err)
	}
}
