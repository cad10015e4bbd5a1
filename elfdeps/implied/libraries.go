package implied

import (
	"path"
	"slices"
)

// libraries: what common libraries open.
var libraries = []Rule{
	{
		Name: "terminfo",
		Why:  "curses reads the description of the terminal that TERM names: common ones, and the one that is set here",
		On: Signal{
			Sonames: []string{"libtinfo*.so.*", "libncurses*.so.*", "libtermcap.so.*"},
			Texts:   []string{"/usr/share/terminfo", "/lib/terminfo", "/etc/terminfo"},
			Opened:  []string{"/usr/share/terminfo/", "/lib/terminfo/", "/etc/terminfo/"},
		},
		Find: terminals,
	},
	{
		Name: "certs",
		Why:  "TLS libraries read the certificates that this machine trusts",
		On: Signal{
			Sonames: []string{"libssl.so.*", "libgnutls.so.*", "libmbedtls.so.*", "libwolfssl.so.*"},
			Texts:   certPaths, Opened: certPaths,
		},
		Paths: []string{
			"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/certs", "/etc/pki/tls/cert.pem",
			"/etc/pki/ca-trust/extracted/pem", "/usr/lib/ssl/certs", "/usr/lib/ssl/cert.pem", "/etc/ca-certificates/extracted",
		},
		Find: func(*scene) Brings { return Brings{Leave: nameIn("java", "private")} },
	},
	{
		Name:  "openssl",
		Why:   "libcrypto reads openssl.cnf",
		On:    Signal{Sonames: []string{"libcrypto.so.*"}, Strings: []string{"/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf"}},
		Paths: []string{"/usr/lib/ssl/openssl.cnf", "/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf", "/etc/pki/tls/openssl.d", "/etc/crypto-policies/back-ends/opensslcnf.config"},
	},
	{
		Name:  "ossl-modules",
		Why:   "libcrypto loads providers, such as legacy, and engines from folders of its own",
		On:    Signal{Sonames: []string{"libcrypto.so.*"}},
		Shown: true,
		Find:  opensslModules,
	},
	{
		Name:  "magic",
		Why:   "libmagic reads its compiled patterns, magic.mgc, of 8 MB",
		On:    Signal{Sonames: []string{"libmagic.so.*"}},
		Shown: true,
		Paths: []string{"/etc/magic", "/usr/share/misc/magic.mgc", "/usr/share/file/magic.mgc", "/usr/lib/file/magic.mgc"},
	},
	{
		Name:    "fonts",
		Why:     "fontconfig reads its configuration, and programs that draw text want a font: DejaVu, of 2 MB, or the first that is there",
		On:      Signal{Sonames: []string{"libfontconfig.so.*"}},
		Shown:   true,
		Paths:   []string{"/etc/fonts", "/usr/share/fontconfig"},
		Folders: []string{"/var/cache/fontconfig"},
		Find:    fonts,
	},
	{
		Name:  "ghostscript",
		Why:   "libgs reads its start files, colour profiles and fonts, of 10 MB",
		On:    Signal{Sonames: []string{"libgs.so.*"}},
		Shown: true,
		Paths: []string{"/usr/share/ghostscript", "/var/lib/ghostscript", "/etc/ghostscript", "/usr/share/color/icc/ghostscript", "/usr/share/fonts/type1/urw-base35", "/usr/share/fonts/type1/gsfonts"},
	},
	{
		Name:  "glib",
		Why:   "gio loads modules from beside itself and reads compiled settings and the MIME cache",
		On:    Signal{Sonames: []string{"libgio-2.0.so.*"}},
		Shown: true,
		Paths: []string{"/usr/share/glib-2.0/schemas/gschemas.compiled", "/usr/share/mime/mime.cache"},
		Find:  beside("gio/modules"),
	},
	{
		Name:  "gdk-pixbuf",
		Why:   "gdk-pixbuf loads an image loader for each format, with the libraries that it needs, as loaders.cache lists them",
		On:    Signal{Sonames: []string{"libgdk_pixbuf-2.0.so.*"}},
		Shown: true,
		Find:  beside("gdk-pixbuf-2.0"),
	},
	{
		Name:  "gtk",
		Why:   "GTK loads input methods and print backends from beside itself, and looks for an icon theme",
		On:    Signal{Sonames: []string{"libgtk-3.so.*", "libgtk-4.so.*", "libgtk-x11-2.0.so.*"}},
		Shown: true,
		Paths: []string{"/etc/gtk-3.0", "/usr/share/gtk-3.0", "/usr/share/icons/hicolor/index.theme"},
		Find:  beside("gtk-3.0", "gtk-4.0", "gtk-2.0"),
	},
	{
		Name:  "qt",
		Why:   "Qt loads plugins for its platform, styles and image formats from beside itself, with the libraries that they need",
		On:    Signal{Sonames: []string{"libQt5Core.so.*", "libQt6Core.so.*"}},
		Shown: true,
		Find:  beside("qt5/plugins", "qt6/plugins"),
	},
	{
		Name:  "gstreamer",
		Why:   "GStreamer loads its elements as plugins, each with the libraries that it needs",
		On:    Signal{Sonames: []string{"libgstreamer-1.0.so.*"}},
		Shown: true,
		Find:  beside("gstreamer-1.0", "gstreamer1.0"),
	},
	{
		Name:  "alsa",
		Why:   "libasound reads the descriptions of sound cards and loads plugins from beside itself",
		On:    Signal{Sonames: []string{"libasound.so.*"}},
		Shown: true,
		Paths: []string{"/usr/share/alsa", "/etc/alsa", "/etc/asound.conf"},
		Find:  beside("alsa-lib"),
	},
	{
		Name:  "x11",
		Why:   "libX11 reads the tables of the locale, for keyboard input",
		On:    Signal{Sonames: []string{"libX11.so.*"}},
		Shown: true,
		Paths: []string{
			"/usr/share/X11/locale/locale.dir", "/usr/share/X11/locale/locale.alias", "/usr/share/X11/locale/compose.dir",
			"/usr/share/X11/locale/C", "/usr/share/X11/XErrorDB",
		},
	},
	{
		Name:  "pam",
		Why:   "libpam reads pam.d and loads the modules that it names",
		On:    Signal{Sonames: []string{"libpam.so.*"}},
		Paths: []string{"/etc/pam.conf", "/etc/pam.d", "/etc/security"},
	},
	{
		Name:  "sasl",
		Why:   "libsasl2 loads a module for each mechanism; that for a database of passwords, with Berkeley DB of 2 MB, only where there is one",
		On:    Signal{Sonames: []string{"libsasl2.so.*"}},
		Shown: true,
		Find:  saslModules,
	},
	{
		Name:  "imagemagick",
		Why:   "MagickCore reads its policy and lists, and loads a module for each format",
		On:    Signal{Sonames: []string{"libMagickCore*.so.*"}},
		Shown: true,
		Paths: []string{"/etc/ImageMagick-*", "/usr/share/ImageMagick-*"},
		Find:  folders("/ImageMagick-"),
	},
}

var certPaths = []string{
	"/etc/ssl/certs", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/", "/etc/pki/ca-trust", "/usr/lib/ssl/certs",
}

// beside returns a Find that brings folders which lie beside the library.
func beside(names ...string) func(*scene) Brings {
	return func(s *scene) Brings {
		var b Brings
		for _, n := range names {
			b.Paths = append(b.Paths, path.Join(path.Dir(s.Path), n))
		}
		return b
	}
}

// opensslModules brings the folders that libcrypto has built in.
func opensslModules(s *scene) Brings {
	return Brings{Paths: s.existing(s.Object, func(p string) bool {
		ok, _ := path.Match("engines-*", path.Base(p))
		return (ok || path.Base(p) == "ossl-modules") && s.isDir(p)
	})}
}

// saslModules brings the folders that libsasl2 has built in.
func saslModules(s *scene) Brings {
	b := Brings{Paths: s.existing(s.Object, func(p string) bool { return path.Base(p) == "sasl2" })}
	if !s.exists("/etc/sasldb2") {
		b.Leave = nameIn("libsasldb.so*")
	}
	return b
}

// fonts brings DejaVu, or the first font in the order of names.
func fonts(s *scene) Brings {
	for _, dir := range []string{"/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu*", "/usr/share/fonts/TTF"} {
		found := slices.Concat(s.glob(dir+"/DejaVuSans.ttf"), s.glob(dir+"/DejaVuSans-Bold.ttf"), s.glob(dir+"/DejaVuSansMono.ttf"))
		if len(found) > 0 {
			return Brings{Paths: found}
		}
	}
	var all []string
	for _, depth := range []string{"", "/*", "/*/*"} {
		for _, ext := range []string{"ttf", "otf", "ttc", "pfb"} {
			all = append(all, s.glob("/usr/share/fonts"+depth+"/*."+ext)...)
		}
	}
	slices.Sort(all)
	return Brings{Paths: all[:min(1, len(all))]}
}
