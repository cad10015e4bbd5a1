package implied

import "slices"

// Table holds all rules. The C library's come first, then what common libraries
// open, interpreters, single programs, and last what only strings and notes tell.
var Table = slices.Concat(cLibrary, libraries, interpreters, programs, byStrings)

// cLibrary: what the C library opens.
var cLibrary = []Rule{
	{
		Name: "nss",
		Why:  "the name service reads nsswitch.conf, services and protocols, and loads the modules named there; before glibc 2.34 files and dns are modules too",
		On: Signal{Imports: []string{
			"getaddrinfo", "getnameinfo", "gethostbyname", "gethostbyname2", "gethostbyname_r", "gethostbyname2_r",
			"gethostbyaddr", "gethostbyaddr_r", "gethostent", "getnetbyname", "getnetbyaddr",
			"getservbyname", "getservbyname_r", "getservbyport", "getservbyport_r", "getservent",
			"getprotobyname", "getprotobyname_r", "getprotobynumber", "getprotoent",
			"getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getpwent", "getpwent_r",
			"getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r", "getgrent", "getgrent_r",
			"initgroups", "getgrouplist", "getspnam", "getspnam_r", "getspent",
		}, Texts: []string{"/etc/nsswitch.conf"}},
		Find: nameService,
	},
	{
		Name: "passwd",
		Why:  "users and groups are looked up in files of magicpak's making, which know root, nobody, the owners of bundled files and the user that has an executable's name",
		On: Signal{Imports: []string{
			"getpwnam", "getpwnam_r", "getpwuid", "getpwuid_r", "getpwent", "getpwent_r",
			"getgrnam", "getgrnam_r", "getgrgid", "getgrgid_r", "getgrent", "getgrent_r", "initgroups", "getgrouplist", "getspnam",
		}, Opened: []string{"/etc/passwd", "/etc/group"}},
		Accounts: []string{"root", "nobody"},
		Find:     ownAccount,
	},
	{
		Name: "libgcc",
		Why:  "glibc unwinds the stack with libgcc_s when a thread is cancelled or exits, and aborts without it",
		On:   Signal{Imports: []string{"pthread_cancel", "pthread_exit", "pthread_setcanceltype", "thrd_exit", "backtrace"}},
		Find: libgcc,
	},
	{
		Name: "gconv",
		Why:  "iconv loads a module for each character set; UTF-16, UTF-32, UTF-7, ISO 8859, KOI8 and the Windows sets are brought, and all of them, 8 MB, for a program made to convert",
		On:   Signal{Imports: []string{"iconv_open"}},
		Find: conversions,
	},
	{
		Name: "locale",
		Why:  "setlocale loads the locale that LANG or LC_ALL names: C.UTF-8 and the one that is set here",
		On:   Signal{Imports: []string{"setlocale", "newlocale"}},
		Find: locales,
	},
	{
		Name:  "localtime",
		Why:   "the C library reads the local time zone from /etc/localtime, or the one that TZ names",
		On:    Signal{Imports: []string{"localtime", "localtime_r", "localtime64", "localtime64_r", "mktime", "tzset"}, Texts: []string{"/etc/localtime"}},
		Paths: []string{"/etc/localtime"},
		Find:  zoneOfRun,
	},
	{
		Name:  "tz",
		Why:   "a program that calls tzset itself, or names the folder of time zones, serves any zone that TZ names",
		On:    Signal{Calls: []string{"tzset"}, Texts: []string{"/usr/share/zoneinfo"}},
		Shown: true,
		Find:  zones,
	},
	{
		Name:    "tmp",
		Why:     "temporary files are made in /tmp",
		On:      Signal{Imports: []string{"mkstemp", "mkstemp64", "mkostemp", "mkostemp64", "mkstemps", "mkstemps64", "mkdtemp", "tmpfile", "tmpfile64", "tempnam", "tmpnam"}, Texts: []string{"/tmp"}},
		Folders: []string{"/tmp"},
	},
	{
		Name:  "shell",
		Why:   "system and popen start /bin/sh",
		On:    Signal{Calls: []string{"system", "popen"}, Texts: []string{"/bin/sh"}},
		Shown: true,
		Paths: []string{"/bin/sh"},
		Find:  shellOfStatic,
	},
}
