package implied

import (
	"slices"
	"testing"
)

// TestTree shows a file that was loaded, and wants its neighbours.
func TestTree(t *testing.T) {
	root := makeRoot(t, map[string]string{
		"usr/lib/python3.11/os.py": "", "usr/lib/python3.11/__pycache__/os.cpython-311.pyc": "", "usr/lib/python3.11/xml/dom.py": "",
		"usr/lib/python3.11/lib-dynload/_ssl.so": "", "usr/lib/python3.11/test/t.py": "", "usr/lib/python3.11/site-packages/x.py": "",
		"usr/lib/python3/dist-packages/yaml/__init__.py": "", "usr/lib/python3/dist-packages/yaml/loader.py": "", "usr/lib/python3/dist-packages/yaml-6.dist-info/METADATA": "",
		"usr/lib/python3/dist-packages/six.py": "", "usr/lib/python3/dist-packages/__pycache__/six.cpython-311.pyc": "",
		"srv/app/main.py": "", "srv/app/other.py": "", "srv/app/data.bin": "", "srv/app/pkg/__init__.py": "", "srv/app/pkg/sub/__init__.py": "", "srv/app/pkg/sub/m.py": "", "srv/app/pkg/n.py": "",
		"usr/share/perl/5.36/Carp.pm": "", "usr/lib/x/perl/5.36/POSIX.pm": "", "usr/lib/x/perl/5.36/auto/POSIX/POSIX.so": "", "usr/lib/x/perl-base/strict.pm": "", "usr/share/perl5/Foo/Bar.pm": "", "usr/share/perl5/Foo/Baz.pm": "",
		"usr/lib/ruby/3.1.0/json.rb": "", "usr/lib/x/ruby/3.1.0/json/ext/parser.so": "", "var/lib/gems/3.1.0/gems/rack-2/lib/rack.rb": "", "var/lib/gems/3.1.0/gems/rack-2/lib/rack/x.rb": "",
		"srv/node_modules/a/index.js": "", "srv/node_modules/a/lib/b.json": "", "srv/node_modules/@s/c/i.js": "", "srv/node_modules/@s/c/j.js": "", "srv/node_modules/@s/d/i.js": "",
		"usr/lib/R/library/base/R/base.rdb": "", "usr/lib/R/library/stats/R/stats.rdb": "", "usr/lib/R/library/stats/help/x": "",
		"jdk/lib/modules": "", "jdk/lib/libnet.so": "", "jdk/conf/net.properties": "", "srv/lib/a.jar": "", "srv/lib/b.jar": "",
		"usr/lib/php/20220829/mbstring.so": "", "usr/lib/php/20220829/xml.so": "", "srv/vendor/acme/log/src/L.php": "", "srv/vendor/acme/log/src/M.php": "", "srv/vendor/acme/other/O.php": "",
		"usr/share/lua/5.4/a.lua": "", "usr/share/lua/5.4/b.lua": "", "usr/share/tcltk/tcl8.6/init.tcl": "", "usr/share/tcltk/tcl8.6/msgs/de.msg": "",
		"usr/share/guile/3.0/ice-9/boot.scm": "", "usr/share/guile/3.0/ice-9/regex.scm": "", "usr/lib/erlang/lib/kernel/ebin/a.beam": "", "usr/lib/erlang/lib/stdlib/ebin/b.beam": "",
		"usr/lib/x/gconv/UTF-16.so": "", "usr/lib/x/gconv/EUC-JP.so": "", "root/main.py": "", "root/secret.py": "",
	})
	for _, c := range []struct {
		loaded      string
		want, never []string
	}{
		{
			"/usr/lib/python3.11/__pycache__/os.cpython-311.pyc",
			[]string{"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/xml/dom.py", "/usr/lib/python3.11/lib-dynload/_ssl.so"},
			[]string{"/usr/lib/python3.11/test/t.py", "/usr/lib/python3.11/site-packages/x.py"},
		},
		{
			"/usr/lib/python3/dist-packages/yaml/__init__.py",
			[]string{"/usr/lib/python3/dist-packages/yaml/loader.py", "/usr/lib/python3/dist-packages/yaml-6.dist-info/METADATA"},
			[]string{"/usr/lib/python3/dist-packages/six.py"},
		},
		{"/usr/lib/python3/dist-packages/__pycache__/six.cpython-311.pyc", nil, []string{"/usr/lib/python3/dist-packages/yaml/loader.py"}},
		{"/srv/app/main.py", []string{"/srv/app/other.py"}, []string{"/srv/app/data.bin", "/srv/app/pkg/n.py"}},
		{"/srv/app/pkg/sub/m.py", []string{"/srv/app/pkg/n.py"}, []string{"/srv/app/other.py"}},
		{"/usr/lib/x/perl/5.36/POSIX.pm", []string{"/usr/lib/x/perl/5.36/auto/POSIX/POSIX.so", "/usr/share/perl/5.36/Carp.pm"}, []string{"/usr/share/perl5/Foo/Bar.pm"}},
		{"/usr/lib/x/perl-base/strict.pm", []string{"/usr/share/perl/5.36/Carp.pm"}, nil},
		{"/usr/share/perl5/Foo/Bar.pm", []string{"/usr/share/perl5/Foo/Baz.pm"}, nil},
		{"/usr/lib/ruby/3.1.0/json.rb", []string{"/usr/lib/x/ruby/3.1.0/json/ext/parser.so"}, nil},
		{"/var/lib/gems/3.1.0/gems/rack-2/lib/rack.rb", []string{"/var/lib/gems/3.1.0/gems/rack-2/lib/rack/x.rb"}, nil},
		{"/srv/node_modules/a/index.js", []string{"/srv/node_modules/a/lib/b.json"}, []string{"/srv/node_modules/@s/c/i.js"}},
		{"/srv/node_modules/@s/c/i.js", []string{"/srv/node_modules/@s/c/j.js"}, []string{"/srv/node_modules/@s/d/i.js"}},
		{"/usr/lib/R/library/base/R/base.rdb", []string{"/usr/lib/R/library/stats/R/stats.rdb"}, []string{"/usr/lib/R/library/stats/help/x"}},
		{"/jdk/lib/modules", []string{"/jdk/lib/libnet.so", "/jdk/conf/net.properties"}, nil},
		{"/srv/lib/a.jar", []string{"/srv/lib/b.jar"}, nil},
		{"/usr/lib/php/20220829/mbstring.so", []string{"/usr/lib/php/20220829/xml.so"}, nil},
		{"/srv/vendor/acme/log/src/L.php", []string{"/srv/vendor/acme/log/src/M.php"}, []string{"/srv/vendor/acme/other/O.php"}},
		{"/usr/share/lua/5.4/a.lua", []string{"/usr/share/lua/5.4/b.lua"}, nil},
		{"/usr/share/tcltk/tcl8.6/init.tcl", []string{"/usr/share/tcltk/tcl8.6/msgs/de.msg"}, nil},
		{"/usr/share/guile/3.0/ice-9/boot.scm", []string{"/usr/share/guile/3.0/ice-9/regex.scm"}, nil},
		{"/usr/lib/erlang/lib/kernel/ebin/a.beam", []string{"/usr/lib/erlang/lib/stdlib/ebin/b.beam"}, nil},
		{"/usr/lib/x/gconv/UTF-16.so", []string{"/usr/lib/x/gconv/EUC-JP.so"}, nil},
		{"/root/main.py", nil, []string{"/root/secret.py"}},
		{"/etc/x.conf", nil, nil},
	} {
		e := &Engine{Root: root}
		got := e.Tree(c.loaded).Paths
		for _, w := range c.want {
			if !slices.Contains(got, w) {
				t.Errorf("%s lacks %s, has %q", c.loaded, w, got)
			}
		}
		for _, n := range c.never {
			if slices.Contains(got, n) {
				t.Errorf("%s brings %s", c.loaded, n)
			}
		}
		if again := e.Tree(c.loaded).Paths; len(again) > 0 {
			t.Errorf("%s brings %q twice", c.loaded, again)
		}
	}
}
