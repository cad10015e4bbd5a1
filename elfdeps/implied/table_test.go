package implied

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"magicpak/rootfs"
)

// elfBytes begins as an ELF file of x86-64 does, as far as the rules look.
const elfBytes = "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00"

var x86 = Ident{Class: 2, Data: 1, Machine: 0x3e}

// libc is a C library that has all built in that the current one has.
var libc = &Object{
	Path: "/lib/libc.so.6", Walked: "/lib/libc.so.6", Soname: "libc.so.6", Defines: []string{"GLIBC_2.2.5", "GLIBC_2.34"},
	Strings: []string{"/usr/lib/gconv", "/usr/lib/locale", "/usr/share/zoneinfo"},
}

// oldLibc is one from before 2.34.
var oldLibc = &Object{Path: "/lib/libc.so.6", Walked: "/lib/libc.so.6", Soname: "libc.so.6", Defines: []string{"GLIBC_2.2.5"}}

// A ruleCase shows an object to the rules: what rule must bring, and what no
// rule may.
type ruleCase struct {
	rule   string
	object Object
	before *Object           // looked at first; libc where it is nil
	root   map[string]string // files; one that begins with -> is a link, a name that ends in / a folder
	env    map[string]string
	want   []string // paths, or "lib NAME", "folder PATH", "made PATH", "account NAME"
	never  []string // paths that no rule brings, or RULE:PATH
}

// program is an executable named p that imports symbols.
func program(p string, imports ...string) Object {
	return Object{Path: p, Walked: p, Program: true, Imports: imports, Ident: x86}
}

// library is a library of that soname.
func library(soname string, strs ...string) Object {
	return Object{Path: "/usr/lib/" + soname, Walked: "/usr/lib/" + soname, Soname: soname, Strings: strs, Ident: x86}
}

// texts is an executable that holds strings.
func texts(p string, strs ...string) Object {
	o := program(p)
	o.Strings = strs
	return o
}

var ruleCases = []ruleCase{
	{
		rule: "nss", object: library("libx.so.1"), before: libc, // a library imports it
		root: map[string]string{"etc/nsswitch.conf": "passwd: files sss [NOTFOUND=return] db\nhosts: files dns # mdns\n", "etc/services": "", "etc/protocols": ""},
		want: []string{"/etc/nsswitch.conf", "/etc/services", "/etc/protocols", "lib libnss_sss.so.2", "made /etc/hosts"},
	},
	{
		rule: "nss", object: program("/bin/x", "getaddrinfo"), before: oldLibc,
		want: []string{"lib libnss_files.so.2", "lib libnss_dns.so.2", "lib libresolv.so.2"},
	},
	{
		rule: "nss", object: texts("/bin/go", "/etc/nsswitch.conf"), root: map[string]string{"etc/services": ""},
		want: []string{"/etc/services", "made /etc/hosts"},
	},
	{rule: "passwd", object: program("/bin/x", "getpwuid"), want: []string{"account root", "account nobody"}},
	{rule: "passwd", object: program("/usr/sbin/unbound-checkconf", "getpwnam"), want: []string{"account unbound"}},
	{rule: "libgcc", object: program("/bin/x", "pthread_cancel"), want: []string{"lib libgcc_s.so.1"}},
	{
		rule: "gconv", object: program("/bin/app", "iconv_open"),
		root: map[string]string{"usr/lib/gconv/UTF-16.so": "", "usr/lib/gconv/gconv-modules.cache": "", "usr/lib/gconv/EUC-JP.so": ""},
		want: []string{"/usr/lib/gconv/UTF-16.so", "/usr/lib/gconv/gconv-modules.cache"}, never: []string{"/usr/lib/gconv/EUC-JP.so"},
	},
	{
		rule: "gconv", object: program("/usr/bin/iconv", "iconv_open"),
		root: map[string]string{"usr/lib/gconv/EUC-JP.so": ""},
		want: []string{"/usr/lib/gconv/EUC-JP.so"},
	},
	{
		rule: "locale", object: program("/bin/x", "setlocale"), env: map[string]string{"LANG": "de_DE.UTF-8"},
		root: map[string]string{"usr/lib/locale/C.utf8/LC_CTYPE": "", "usr/lib/locale/de_DE.utf8/LC_CTYPE": "", "usr/lib/locale/fr_FR.utf8/LC_CTYPE": ""},
		want: []string{"/usr/lib/locale/C.utf8/LC_CTYPE", "/usr/lib/locale/de_DE.utf8/LC_CTYPE"}, never: []string{"/usr/lib/locale/fr_FR.utf8/LC_CTYPE"},
	},
	{
		rule: "locale", object: program("/bin/x", "setlocale"), env: map[string]string{"LC_ALL": "de_DE"},
		root: map[string]string{"usr/lib/locale/locale-archive": ""},
		want: []string{"/usr/lib/locale/locale-archive"},
	},
	{
		rule: "localtime", object: program("/bin/x", "localtime_r"), env: map[string]string{"TZ": "Asia/Tokyo"},
		root: map[string]string{"etc/localtime": "->/usr/share/zoneinfo/UTC", "usr/share/zoneinfo/UTC": "", "usr/share/zoneinfo/Asia/Tokyo": "", "usr/share/zoneinfo/Asia/Seoul": ""},
		want: []string{"/etc/localtime", "/usr/share/zoneinfo/UTC", "/usr/share/zoneinfo/Asia/Tokyo"}, never: []string{"/usr/share/zoneinfo/Asia/Seoul"},
	},
	{
		rule: "tz", object: program("/bin/date", "tzset"),
		root: map[string]string{"usr/share/zoneinfo/Asia/Tokyo": "", "usr/share/zoneinfo/right/UTC": ""},
		want: []string{"/usr/share/zoneinfo/Asia/Tokyo"}, never: []string{"/usr/share/zoneinfo/right/UTC"},
	},
	{rule: "tmp", object: program("/bin/x", "mkstemp"), want: []string{"folder /tmp"}},
	{
		rule: "shell", object: program("/bin/x", "popen"), root: map[string]string{"bin/sh": "->dash", "bin/dash": ""},
		want: []string{"/bin/sh", "/bin/dash"},
	},
	{
		rule: "shell", object: texts("/bin/busybox", "/bin/sh"), root: map[string]string{"bin/sh": ""},
		want: []string{"hint --with shell"},
	},
	{
		rule: "terminfo", object: library("libtinfo.so.6"), env: map[string]string{"TERM": "foot"},
		root: map[string]string{"lib/terminfo/x/xterm": "", "usr/share/terminfo/f/foot": "", "usr/share/terminfo/76/vt100": "", "lib/terminfo/w/wsvt25": ""},
		want: []string{"/lib/terminfo/x/xterm", "/usr/share/terminfo/f/foot", "/usr/share/terminfo/76/vt100"}, never: []string{"/lib/terminfo/w/wsvt25"},
	},
	{
		rule: "certs", object: library("libssl.so.3"),
		root: map[string]string{"etc/ssl/certs/a.pem": "->/usr/share/ca-certificates/a.crt", "usr/share/ca-certificates/a.crt": "", "etc/ssl/private/key": "", "etc/ssl/certs/java/cacerts": ""},
		want: []string{"/etc/ssl/certs/a.pem", "/usr/share/ca-certificates/a.crt"}, never: []string{"/etc/ssl/private/key", "/etc/ssl/certs/java/cacerts"},
	},
	{
		rule: "certs", object: texts("/bin/static", "/etc/ssl/certs/ca-certificates.crt"),
		root: map[string]string{"etc/ssl/certs/ca-certificates.crt": ""},
		want: []string{"/etc/ssl/certs/ca-certificates.crt"},
	},
	{
		rule: "openssl", object: library("libcrypto.so.3"), root: map[string]string{"usr/lib/ssl/openssl.cnf": "->/etc/ssl/openssl.cnf", "etc/ssl/openssl.cnf": ""},
		want: []string{"/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf"},
	},
	{
		rule: "ossl-modules", object: library("libcrypto.so.3", "/usr/lib/x/ossl-modules", "/usr/lib/x/engines-3"),
		root: map[string]string{"usr/lib/x/ossl-modules/legacy.so": "", "usr/lib/x/engines-3/padlock.so": ""},
		want: []string{"/usr/lib/x/ossl-modules/legacy.so", "/usr/lib/x/engines-3/padlock.so"},
	},
	{
		rule: "magic", object: library("libmagic.so.1"), root: map[string]string{"usr/share/misc/magic.mgc": "->../../lib/file/magic.mgc", "usr/lib/file/magic.mgc": ""},
		want: []string{"/usr/share/misc/magic.mgc", "/usr/lib/file/magic.mgc"},
	},
	{
		rule: "python", object: program("/usr/bin/python3.11"),
		root: map[string]string{
			"usr/lib/python3.11/os.py": "", "usr/lib/python3.11/__pycache__/os.cpython-311.pyc": "", "usr/lib/python3.11/__pycache__/os.cpython-310.pyc": "",
			"usr/lib/python3/dist-packages/yaml/__init__.py": "", "usr/lib/python3.11/test/x.py": "", "usr/lib/python3.10/os.py": "",
		},
		want: []string{
			"/usr/lib/python3.11/os.py", "/usr/lib/python3.11/__pycache__/os.cpython-311.pyc", "/usr/lib/python3/dist-packages/yaml/__init__.py",
		},
		never: []string{"/usr/lib/python3.11/__pycache__/os.cpython-310.pyc", "/usr/lib/python3.11/test/x.py", "/usr/lib/python3.10/os.py"},
	},
	{
		rule: "python-codecs", object: library("libpython3.11.so.1.0"),
		root: map[string]string{"usr/lib/python3.11/encodings/ascii.py": "", "usr/lib/python3.11/os.py": ""},
		want: []string{"/usr/lib/python3.11/encodings/ascii.py"},
	},
	{
		rule: "perl", object: texts("/usr/bin/perl", "/usr/share/perl/5.36", "/etc/perl", "/usr/bin/perl"),
		root: map[string]string{"usr/share/perl/5.36/POSIX.pm": "", "usr/share/perl/5.36/POSIX.pod": "", "usr/bin/perl": ""},
		want: []string{"/usr/share/perl/5.36/POSIX.pm"}, never: []string{"/usr/share/perl/5.36/POSIX.pod", "/usr/bin/perl"},
	},
}

// libraryCases and others belong to ruleCases.
var moreCases = []ruleCase{
	{
		rule: "fonts", object: library("libfontconfig.so.1"),
		root: map[string]string{"etc/fonts/fonts.conf": "", "usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "", "usr/share/fonts/truetype/other/A.ttf": ""},
		want: []string{"/etc/fonts/fonts.conf", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "folder /var/cache/fontconfig"}, never: []string{"/usr/share/fonts/truetype/other/A.ttf"},
	},
	{
		rule: "fonts", object: library("libfontconfig.so.1"), root: map[string]string{"usr/share/fonts/x/B.otf": "", "usr/share/fonts/x/C.ttf": ""},
		want: []string{"/usr/share/fonts/x/B.otf"}, never: []string{"/usr/share/fonts/x/C.ttf"},
	},
	{
		rule: "glib", object: library("libgio-2.0.so.0"), root: map[string]string{"usr/lib/gio/modules/libdconf.so": "", "usr/share/glib-2.0/schemas/gschemas.compiled": ""},
		want: []string{"/usr/lib/gio/modules/libdconf.so", "/usr/share/glib-2.0/schemas/gschemas.compiled"},
	},
	{
		rule: "gdk-pixbuf", object: library("libgdk_pixbuf-2.0.so.0"),
		root: map[string]string{"usr/lib/gdk-pixbuf-2.0/2.10.0/loaders.cache": "", "usr/lib/gdk-pixbuf-2.0/2.10.0/loaders/png.so": ""},
		want: []string{"/usr/lib/gdk-pixbuf-2.0/2.10.0/loaders.cache", "/usr/lib/gdk-pixbuf-2.0/2.10.0/loaders/png.so"},
	},
	{
		rule: "gtk", object: library("libgtk-3.so.0"), root: map[string]string{"usr/lib/gtk-3.0/3.0.0/immodules.cache": ""},
		want: []string{"/usr/lib/gtk-3.0/3.0.0/immodules.cache"},
	},
	{
		rule: "qt", object: library("libQt5Core.so.5"), root: map[string]string{"usr/lib/qt5/plugins/platforms/libqxcb.so": "", "usr/lib/qt5/bin/moc": ""},
		want: []string{"/usr/lib/qt5/plugins/platforms/libqxcb.so"}, never: []string{"/usr/lib/qt5/bin/moc"},
	},
	{
		rule: "gstreamer", object: library("libgstreamer-1.0.so.0"), root: map[string]string{"usr/lib/gstreamer-1.0/libgstogg.so": ""},
		want: []string{"/usr/lib/gstreamer-1.0/libgstogg.so"},
	},
	{
		rule: "alsa", object: library("libasound.so.2"), root: map[string]string{"usr/share/alsa/alsa.conf": "", "usr/lib/alsa-lib/x.so": ""},
		want: []string{"/usr/share/alsa/alsa.conf", "/usr/lib/alsa-lib/x.so"},
	},
	{
		rule: "x11", object: library("libX11.so.6"), root: map[string]string{"usr/share/X11/locale/locale.dir": "", "usr/share/X11/locale/C/XLC_LOCALE": "", "usr/share/X11/locale/ja/Compose": ""},
		want: []string{"/usr/share/X11/locale/locale.dir", "/usr/share/X11/locale/C/XLC_LOCALE"}, never: []string{"/usr/share/X11/locale/ja/Compose"},
	},
	{
		rule: "ghostscript", object: library("libgs.so.10"), root: map[string]string{"usr/share/color/icc/ghostscript/rgb.icc": "", "usr/share/ghostscript/10/Resource/Init/gs_init.ps": ""},
		want: []string{"/usr/share/color/icc/ghostscript/rgb.icc", "/usr/share/ghostscript/10/Resource/Init/gs_init.ps"},
	},
	{
		rule: "ocaml", object: program("/usr/bin/ocamlrun"), root: map[string]string{"usr/lib/ocaml/stdlib.cmi": "", "usr/lib/ocaml/stdlib.a": "", "usr/lib/ocaml/compiler-libs/x.cmi": ""},
		want: []string{"/usr/lib/ocaml/stdlib.cmi"}, never: []string{"ocaml:/usr/lib/ocaml/stdlib.a", "ocaml:/usr/lib/ocaml/compiler-libs/x.cmi"},
	},
	{rule: "gnupg", object: program("/usr/bin/gpg"), root: map[string]string{"usr/bin/gpg-agent": ""}, want: []string{"/usr/bin/gpg-agent"}},
	{rule: "groff", object: program("/usr/bin/groff"), root: map[string]string{"usr/bin/troff": ""}, want: []string{"/usr/bin/troff"}},
	{
		rule: "xml-catalogs", object: program("/usr/bin/xmllint"), root: map[string]string{"etc/xml/catalog": "", "usr/share/xml/a/a.dtd": ""},
		want: []string{"/etc/xml/catalog", "/usr/share/xml/a/a.dtd"},
	},
	{rule: "cups", object: program("/usr/sbin/cupsd"), root: map[string]string{"usr/lib/cups/backend/smb": elfBytes}, want: []string{"/usr/lib/cups/backend/smb"}},
	{
		rule: "plugins", object: library("libcups.so.2", "/usr/lib/cups", "/usr/lib/other"), root: map[string]string{"usr/lib/cups/backend/smb": elfBytes, "usr/lib/other/x": elfBytes},
		want: []string{"/usr/lib/other/x"}, never: []string{"/usr/lib/cups/backend/smb"},
	},
	{rule: "slapd", object: program("/usr/sbin/slapd"), root: map[string]string{"etc/ldap/schema/core.schema": ""}, want: []string{"/etc/ldap/schema/core.schema"}},
	{
		rule: "own", object: Object{Path: "/usr/bin/tool", Walked: "/usr/bin/tool.basic", Program: true},
		root: map[string]string{"usr/share/tool/x": "", "usr/lib/x-linux-gnu/tool/y.so": "", "usr/share/tool-3.25/z": "", "etc/tool/conf": "", "usr/share/tools/x": "", "usr/share/tool-kit/x": ""},
		want: []string{"/usr/share/tool/x", "/usr/lib/x-linux-gnu/tool/y.so", "/usr/share/tool-3.25/z", "/etc/tool/conf"}, never: []string{"/usr/share/tools/x", "/usr/share/tool-kit/x"},
	},
	{
		rule: "own", object: Object{Path: "/usr/bin/tool1.2", Walked: "/usr/bin/tool1.2", Program: true}, root: map[string]string{"usr/share/tool/x": ""},
		want: []string{"/usr/share/tool/x"},
	},
	{
		rule: "sasl", object: library("libsasl2.so.2", "/usr/lib/x/sasl2", "/etc/sasldb2"),
		root: map[string]string{"usr/lib/x/sasl2/libplain.so": "", "usr/lib/x/sasl2/libsasldb.so": elfBytes},
		want: []string{"/usr/lib/x/sasl2/libplain.so"}, never: []string{"/usr/lib/x/sasl2/libsasldb.so"},
	},
	{
		rule: "sasl", object: library("libsasl2.so.2", "/usr/lib/x/sasl2"),
		root: map[string]string{"usr/lib/x/sasl2/libsasldb.so": elfBytes, "etc/sasldb2": ""},
		want: []string{"/usr/lib/x/sasl2/libsasldb.so"},
	},
	{
		rule: "pam", object: library("libpam.so.0"), root: map[string]string{"etc/pam.d/login": ""},
		want: []string{"/etc/pam.d/login"},
	},
	{
		rule: "imagemagick", object: library("libMagickCore-6.Q16.so.6", "/usr/lib/ImageMagick-6.9/modules-Q16/coders"),
		root: map[string]string{"etc/ImageMagick-6/policy.xml": "", "usr/lib/ImageMagick-6.9/modules-Q16/coders/png.so": ""},
		want: []string{"/etc/ImageMagick-6/policy.xml", "/usr/lib/ImageMagick-6.9/modules-Q16/coders/png.so"},
	},
	{
		rule: "ruby", object: library("libruby-3.1.so.3.1", "/usr/lib/ruby/3.1.0", "/usr/local/lib/site_ruby", "/usr/include/ruby/x"),
		root: map[string]string{"usr/lib/ruby/3.1.0/json.rb": "", "usr/local/lib/site_ruby/own.rb": "", "usr/include/ruby/x/a.h": "", "var/lib/gems/3.1.0/gems/a/a.rb": ""},
		want: []string{"/usr/lib/ruby/3.1.0/json.rb", "/usr/local/lib/site_ruby/own.rb", "/var/lib/gems/3.1.0/gems/a/a.rb"},
	},
	{
		rule: "node", object: texts("/usr/bin/node", "/usr/share/nodejs/undici/undici.js"), root: map[string]string{"usr/share/nodejs/undici/undici.js": ""},
		want: []string{"/usr/share/nodejs/undici/undici.js"},
	},
	{
		rule: "java", object: Object{Path: "/jdk/lib/libjli.so", Walked: "/jdk/lib/libjli.so", Soname: "libjli.so", Ident: x86},
		root: map[string]string{"jdk/lib/modules": "", "jdk/lib/server/libjvm.so": "", "jdk/conf/net.properties": "->/etc/java/net.properties", "etc/java/net.properties": "", "jdk/lib/src.zip": "", "jdk/lib/libawt_xawt.so": ""},
		want: []string{"/jdk/lib/modules", "/jdk/lib/server/libjvm.so", "/jdk/conf/net.properties", "/etc/java/net.properties"}, never: []string{"/jdk/lib/src.zip", "/jdk/lib/libawt_xawt.so"},
	},
	{
		rule: "r", object: program("/usr/bin/R"),
		root: map[string]string{"usr/lib/R/library/base/R/base": "", "usr/lib/R/etc/ldpaths": "->/etc/R/ldpaths", "etc/R/ldpaths": "", "bin/uname": "", "usr/lib/R/library/base/help/x": ""},
		want: []string{"/usr/lib/R/library/base/R/base", "/etc/R/ldpaths", "/bin/uname"}, never: []string{"/usr/lib/R/library/base/help/x"},
	},
	{
		rule: "lua", object: library("liblua5.4.so.0", "/usr/share/lua/5.4"), root: map[string]string{"usr/share/lua/5.4/json.lua": ""},
		want: []string{"/usr/share/lua/5.4/json.lua"},
	},
	{
		rule: "tcl", object: library("libtcl8.6.so", "/usr/share/tcltk/tcl8.6"), root: map[string]string{"usr/share/tcltk/tcl8.6/init.tcl": ""},
		want: []string{"/usr/share/tcltk/tcl8.6/init.tcl"},
	},
	{
		rule: "guile", object: library("libguile-3.0.so.1", "/usr/share/guile/3.0"), root: map[string]string{"usr/share/guile/3.0/ice-9/boot-9.scm": ""},
		want: []string{"/usr/share/guile/3.0/ice-9/boot-9.scm"},
	},
	{
		rule: "erlang", object: program("/usr/lib/erlang/bin/erl"),
		root: map[string]string{"usr/lib/erlang/bin/erl": "", "usr/lib/erlang/erts-13/bin/erlexec": "", "usr/lib/erlang/lib/kernel/ebin/kernel.app": "", "usr/lib/erlang/lib/kernel/src/a.erl": "", "usr/bin/dirname": ""},
		want: []string{"/usr/lib/erlang/erts-13/bin/erlexec", "/usr/lib/erlang/lib/kernel/ebin/kernel.app", "/usr/bin/dirname"}, never: []string{"/usr/lib/erlang/lib/kernel/src/a.erl"},
	},
	{
		rule: "php", object: texts("/usr/bin/php8.2", "/etc/php/8.2/cli", "/usr/lib/php/20220829"),
		root: map[string]string{"etc/php/8.2/cli/conf.d/10-x.ini": "->/etc/php/8.2/mods-available/x.ini", "etc/php/8.2/mods-available/x.ini": "", "usr/lib/php/20220829/x.so": ""},
		want: []string{"/etc/php/8.2/cli/conf.d/10-x.ini", "/etc/php/8.2/mods-available/x.ini", "/usr/lib/php/20220829/x.so"},
	},
	{
		rule: "nginx", object: program("/usr/sbin/nginx"), root: map[string]string{"etc/nginx/mime.types": ""},
		want: []string{"/etc/nginx/mime.types", "account www-data"},
	},
	{
		rule: "git", object: program("/usr/bin/git"), root: map[string]string{"usr/lib/git-core/git-upload-pack": "->git", "usr/lib/git-core/git": "", "usr/share/git-core/templates/description": ""},
		want: []string{"/usr/lib/git-core/git-upload-pack", "/usr/lib/git-core/git", "/usr/share/git-core/templates/description"},
	},
	{
		rule: "plugins", object: library("libauth.so.2", "/usr/lib/auth2", "/usr/lib/scripts", "/usr/lib/arm"),
		root: map[string]string{
			"usr/lib/auth2/deep/libplain.so": elfBytes, "usr/lib/auth2/conf": "", "usr/lib/scripts/a.sh": "",
			"usr/lib/arm/a.so": strings.Replace(elfBytes, "\x3e\x00", "\xb7\x00", 1),
		},
		want: []string{"/usr/lib/auth2/deep/libplain.so", "/usr/lib/auth2/conf"}, never: []string{"plugins:/usr/lib/scripts/a.sh", "plugins:/usr/lib/arm/a.so"},
	},
	{
		rule: "plugins", object: library("libx.so.1", "/usr/lib/x86_64-linux-gnu", "/usr/bin", "/usr/lib", "/usr/lib/own"),
		root: map[string]string{"usr/lib/x86_64-linux-gnu/a.so": elfBytes, "usr/bin/a": elfBytes, "usr/lib/a.so": elfBytes, "usr/lib/own/a.so": elfBytes},
		want: []string{"/usr/lib/own/a.so"}, never: []string{"/usr/lib/x86_64-linux-gnu/a.so", "/usr/bin/a", "/usr/lib/a.so"},
	},
	{
		rule: "libraries", object: Object{Path: "/bin/x", Walked: "/bin/x", Imports: []string{"dlopen"}, Names: []string{"libcups.so.2"}, Ident: x86},
		want: []string{"lib libcups.so.2"},
	},
	{
		rule: "suggested", object: Object{Path: "/bin/x", Walked: "/bin/x", Suggests: []string{"libbpf.so.1"}, Ident: x86},
		want: []string{"hint --include with its path"},
	},
	{
		rule: "data", object: texts("/usr/bin/app", "/etc/app.conf", "/usr/share/app", "/etc/shadow", "/usr/share/locale", "/usr/bin/other", "/etc/secret", "/usr/local/go/src/fmt/print.go"),
		root: map[string]string{"etc/app.conf": "", "usr/share/app/x": "", "etc/shadow": "", "usr/share/locale/de/x.mo": "", "usr/bin/other": "#!", "usr/local/go/src/fmt/print.go": ""},
		want: []string{"/etc/app.conf", "/usr/share/app/x"}, never: []string{"/etc/shadow", "/usr/share/locale/de/x.mo", "/usr/bin/other", "/usr/local/go/src/fmt/print.go"},
	},
	{
		rule: "large-data", object: texts("/usr/bin/app", "/usr/share/app", "/usr/share/small"),
		root: map[string]string{"usr/share/app/x": strings.Repeat("x", maxData+1), "usr/share/small/x": ""},
		want: []string{"hint --include /usr/share/app"},
	},
	{
		rule: "state", object: texts("/usr/bin/app", "/var/log/app/access.log", "/var/lib/app", "/var/log", "/var/nothing/x"), root: map[string]string{"var/log/app/old.log": "", "var/lib/app/x": ""},
		want: []string{"folder /var/log/app", "folder /var/lib/app"}, never: []string{"/var/log/app/old.log", "/var/lib/app/x"},
	},
}

func init() {
	ruleCases = append(ruleCases, moreCases...)
	ruleCases[0].object.Imports = []string{"getpwuid"}
}

// TestTable shows each rule its signal. It fails for a rule that is taken away,
// and for one that has no case.
func TestTable(t *testing.T) {
	untested := RuleNames()
	for _, c := range ruleCases {
		untested = slices.DeleteFunc(untested, func(n string) bool { return n == c.rule })
		t.Run(c.rule, func(t *testing.T) { c.check(t) })
	}
	if len(untested) > 0 {
		t.Errorf("rules without a test: %v", untested)
	}
}

func (c *ruleCase) check(t *testing.T) {
	if c.before == nil {
		c.before = libc
	}
	e := &Engine{Root: makeRoot(t, c.root), Env: func(v string) string { return c.env[v] }}
	e.Look(c.before)
	var got []string
	for _, f := range e.Look(&c.object) {
		if f.Rule == c.rule {
			got = append(got, described(f)...)
		}
		for _, p := range c.never {
			if slices.Contains(f.Paths, p) || slices.Contains(f.Paths, strings.TrimPrefix(p, f.Rule+":")) {
				t.Errorf("rule %s brings %s", f.Rule, p)
			}
		}
	}
	for _, w := range c.want {
		if !slices.Contains(got, w) {
			t.Errorf("lacks %s, has %q", w, got)
		}
	}
	if Explain(c.rule) == "" {
		t.Error("no explanation")
	}
}

// described lists what was found as a ruleCase writes it.
func described(f Found) []string {
	list := slices.Clone(f.Paths)
	for label, names := range map[string][]string{"lib ": f.Libraries, "folder ": f.Folders, "account ": f.Accounts} {
		for _, n := range names {
			list = append(list, label+n)
		}
	}
	if f.Hint != "" {
		return []string{"hint " + f.Hint}
	}
	for _, m := range f.Made {
		list = append(list, "made "+m.Path)
	}
	return list
}

// makeRoot makes a root that holds the files.
func makeRoot(t *testing.T, files map[string]string) rootfs.Tree {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		p := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(p), 0o755))
		target, link := strings.CutPrefix(content, "->")
		switch {
		case link:
			must(t, os.Symlink(target, p))
		case strings.HasSuffix(name, "/"):
			must(t, os.MkdirAll(p, 0o755))
		default:
			must(t, os.WriteFile(p, []byte(content), 0o644))
		}
	}
	return rootfs.Cached(rootfs.Dir(root))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A run that was observed showed what is needed of the rows that say so, and a
// dropped rule brings nothing.
func TestEngineLeavesToTheRun(t *testing.T) {
	root := makeRoot(t, map[string]string{"usr/lib/python3.11/os.py": "", "etc/ssl/openssl.cnf": ""})
	for _, c := range []struct {
		engine Engine
		object Object
		want   bool
	}{
		{Engine{}, program("/usr/bin/python3.11"), true},
		{Engine{Observed: true}, program("/usr/bin/python3.11"), false},
		{Engine{Observed: true}, library("libcrypto.so.3"), true},
		{Engine{Dropped: []string{"openssl"}}, library("libcrypto.so.3"), false},
	} {
		e := c.engine
		e.Root, e.Env = root, func(string) string { return "" }
		if got := len(e.Look(&c.object)) > 0; got != c.want {
			t.Errorf("%s, observed %v, without %v: brings %v, want %v", c.object.Path, e.Observed, e.Dropped, got, c.want)
		}
	}
}

// What was brought once is not brought again.
func TestEngineTellsOnce(t *testing.T) {
	e := &Engine{Root: makeRoot(t, map[string]string{"etc/ssl/openssl.cnf": ""}), Env: func(string) string { return "" }}
	o := library("libcrypto.so.3")
	if len(e.Look(&o)) != 1 || len(e.Look(&o)) != 0 {
		t.Error("brought twice, or not at all")
	}
}

func TestOpened(t *testing.T) {
	e := &Engine{Root: makeRoot(t, map[string]string{"etc/ssl/certs/a": "", "etc/ssl/certs/b": ""}), Env: func(string) string { return "" }}
	found := e.LookOpened("/etc/ssl/certs/a")
	if len(found) != 1 || !slices.Contains(found[0].Paths, "/etc/ssl/certs/b") {
		t.Errorf("found %v, want the other certificate", found)
	}
}

func TestModules(t *testing.T) {
	conf := "# passwd: x\npasswd:\tcompat [ !UNAVAIL=return ] systemd\nhosts: files mdns4_minimal [NOTFOUND=return] dns\nnetgroup: nis ../evil\n"
	if got, want := modules(conf), []string{"compat", "mdns4_minimal", "nis"}; !slices.Equal(got, want) {
		t.Errorf("modules %q, want %q", got, want)
	}
}

// What is only hinted at is brought where a run was asked for and none was seen.
func TestEngineBlind(t *testing.T) {
	root := makeRoot(t, map[string]string{"bin/sh": ""})
	static := texts("/bin/busybox", "/bin/sh")
	noted := Object{Path: "/bin/noted", Walked: "/bin/noted", Suggests: []string{"libbpf.so.1"}}
	for _, o := range []*Object{&static, &noted} {
		for _, blind := range []bool{false, true} {
			e := &Engine{Root: root, Env: func(string) string { return "" }, Blind: blind}
			found := e.Look(o)
			if len(found) != 1 || (found[0].Hint == "") != blind {
				t.Errorf("%s, blind %v: found %+v", o.Path, blind, found)
			}
		}
	}
}
