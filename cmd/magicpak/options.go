package main

// A group holds the options of one stage, in the order of --help.
type group uint8

const (
	groupContents group = iota
	groupLibraries
	groupDynamic
	groupTest
	groupCompress
	groupOutput
	groupOther
)

var groupTitles = [...]string{
	"What is bundled", "Where libraries are found", "Dynamic analysis", "Test of the bundle",
	"Compression", "Output", "Messages and help",
}

// An option is one row of a command's table.
type option struct {
	name    string
	short   string
	metavar string // "" for a switch
	def     string // default, as shown
	env     string // variable that changes the default
	group   group
	help    string
	to      any      // *bool, *string or *[]string that takes the value; nil when nothing reads it yet
	values  []string // what the value can be, where metavar does not say it
	many    bool     // may be given several times
	given   *bool    // set when the option is used
}

// flags are the values of the options as they were given.
type flags struct {
	include, exclude, mkdir []string
	installTo               string
	with, expand            string
	implied                 string
	dlinfo                  dlinfoFlags
	root, hwcaps            string
	manifest, report        string
	logLevel                string
	progress                string
	verbose, dryRun         bool
	compress                bool
	upx                     string
	upxArgs                 []string
	dynamic                 dynamicFlags
	test                    testFlags
	help, version           bool
}

// bundleOptions is the table of "magicpak INPUT... OUTPUT": within each group
// first the options of the original magicpak.
func bundleOptions(f *flags) []option {
	return []option{
		{
			name: "include", short: "i", metavar: "GLOB", group: groupContents, to: &f.include, many: true,
			help: "Adds files, links and whole folders; ELF files bring the libraries that they need. GLOB may hold ** and {a,b}",
		},
		{
			name: "exclude", short: "e", metavar: "GLOB", group: groupContents, to: &f.exclude, many: true,
			help: "Leaves out what matches, an absolute path in the bundle, whatever brought it",
		},
		{
			name: "mkdir", metavar: "PATH", group: groupContents, to: &f.mkdir, many: true,
			help: "Makes a directory in the bundle",
		},
		{
			name: "install-to", short: "r", metavar: "PATH", group: groupContents, to: &f.installTo,
			help: "Puts the executable at PATH in the bundle; with a / at its end, into that folder under its own name",
		},
		{
			name: "implied", metavar: "RULES", values: []string{"auto", "none"}, def: "auto", group: groupContents, to: &f.implied,
			help: "What programs are known to open by themselves is added: auto or none; auto,-tz,-certs leaves rules out, help lists them",
		},
		{
			name: "with", metavar: "LIST", group: groupContents, to: &f.with,
			help: "Adds by name what a container often needs, such as certs,tz,passwd,tmp; help lists all with their sizes here. pkg:NAME adds an installed package without its documentation",
		},
		{
			name: "cc", metavar: "PATH|NAME", def: "cc", env: "CC", group: groupLibraries, to: &f.dlinfo.cc,
			help: "C compiler for --resolver dlinfo, arguments may follow",
		},
		{
			name: "experimental-noload-resolver", group: groupLibraries, to: &f.dlinfo.noLoad,
			help: "--resolver dlinfo for libraries that cannot be opened later, such as jemalloc: asks with RTLD_NOLOAD",
		},
		{
			name: "resolver", metavar: "NAME", values: []string{"native", "dlinfo"}, def: "native", group: groupLibraries, to: &f.dlinfo.resolver, given: &f.dlinfo.given,
			help: "Who says where a library is: native, or dlinfo, the loader itself, which runs constructors of the libraries",
		},
		{
			name: "hwcaps", metavar: "none|all", def: "none", group: groupLibraries, to: &f.hwcaps,
			help: "all adds the builds of libraries for later CPUs; the baseline, which runs on every CPU of the architecture, is always there",
		},
		{
			name: "root", metavar: "DIR", def: "/", group: groupLibraries, to: &f.root,
			help: "Takes everything from the root file system in DIR, of any architecture",
		},
		{
			name: "dynamic", short: "d", group: groupDynamic, to: &f.dynamic.dynamic,
			help: "Runs the executable here and adds the files that it and its descendants look at",
		},
		{
			name: "dynamic-arg", metavar: "ARG", group: groupDynamic, to: &f.dynamic.args, many: true,
			help: "Argument for the executable in that run",
		},
		{
			name: "dynamic-stdin", metavar: "CONTENT", group: groupDynamic, to: &f.dynamic.stdin,
			help: "What it reads from standard input; nothing without it",
		},
		{
			name: "dynamic-command", metavar: "CMD", group: groupDynamic, to: &f.dynamic.commands, many: true,
			help: "Shell command to run instead of the executable and its arguments; what all of them look at is added",
		},
		{
			name: "dynamic-exercise", metavar: "CMD", group: groupDynamic, to: &f.dynamic.exercise,
			help: "Shell command that runs beside the program, unobserved. When it succeeds the program is stopped; when it fails so does the bundle",
		},
		{
			name: "dynamic-signal", metavar: "SIGNAL", def: defaultStopSignal, group: groupDynamic, to: &f.dynamic.signal,
			help: "What the program is stopped with",
		},
		{
			name: "dynamic-timeout", metavar: "DUR", group: groupDynamic, to: &f.dynamic.timeout,
			help: "Stops the program after that time, such as 30s, which is no failure",
		},
		{
			name: "expand", metavar: "MODE", values: []string{"none", "dir", "package"}, def: "none", group: groupDynamic, to: &f.expand,
			help: "What the run loaded a part of is completed: dir completes folders of modules of interpreters, package installed packages",
		},
		{
			name: "dynamic-env", metavar: "K=V", group: groupDynamic, to: &f.dynamic.env, many: true,
			help: "Sets a variable for the run, beside those that are inherited",
		},
		{
			name: "dynamic-workdir", metavar: "DIR", group: groupDynamic, to: &f.dynamic.dir,
			help: "Where it runs, if not here",
		},
		{
			name: "dynamic-exit-code", metavar: "N", def: "0", group: groupDynamic, to: &f.dynamic.exitCode,
			help: "Exit status that it must end with",
		},
		{
			name: "tracer", metavar: "NAME", values: tracerNames, def: "auto", group: groupDynamic, to: &f.dynamic.tracer,
			help: "How it is observed: auto (ptrace, which works everywhere), ptrace, notify, ebpf, or off (it is not run)",
		},
		{
			name: "require-dynamic", group: groupDynamic, to: &f.dynamic.require,
			help: "Ends with status 3 when the run cannot be observed, or not completely, where a warning would do",
		},
		{
			name: "profile", metavar: "FILE", group: groupDynamic, to: &f.dynamic.profiles, many: true,
			help: "Adds what a run looked at that was recorded by --profile-out or magicpak trace -o",
		},
		{
			name: "profile-out", metavar: "FILE", group: groupDynamic, to: &f.dynamic.profileOut,
			help: "Writes what the runs looked at",
		},
		{
			name: "test", short: "t", group: groupTest, to: &f.test.on,
			help: "Runs the first INPUT, or --test-command, in the finished bundle as a container would; OUTPUT is not written when it fails",
		},
		{
			name: "test-command", metavar: "COMMAND", group: groupTest, to: &f.test.command,
			help: "Shell command to run instead: with the bundle's /bin/sh, else with that of --busybox, which the bundle does not see",
		},
		{
			name: "test-stdin", metavar: "CONTENT", group: groupTest, to: &f.test.stdin,
			help: "What it reads from standard input",
		},
		{
			name: "test-stdout", metavar: "CONTENT", group: groupTest, to: &f.test.stdout,
			help: "What it must print; blanks and newlines at either end do not count",
		},
		{
			name: "busybox", metavar: "PATH|NAME", def: defaultBusybox, group: groupTest, to: &f.test.busybox,
			help: "Static busybox whose shell a test uses where the bundle has none",
		},
		{
			name: "test-timeout", metavar: "DUR", def: defaultTestTimeout, group: groupTest, to: &f.test.timeout,
			help: "Ends the test, and all that it started, after that time",
		},
		{
			name: "test-exit-code", metavar: "N", def: "0", group: groupTest, to: &f.test.exitCode,
			help: "Exit status that it must end with",
		},
		{
			name: "test-env", metavar: "K=V", group: groupTest, to: &f.test.env, many: true,
			help: "Sets a variable for the test, which otherwise has PATH and HOME alone",
		},
		{
			name: "test-user", metavar: "UID[:GID]", def: "0", group: groupTest, to: &f.test.user,
			help: "Who runs the test",
		},
		{
			name: "repair", group: groupTest, to: &f.test.repair,
			help: "Adds what a failed test missed and this machine has, tests again, and prints the options that make it permanent",
		},
		{
			name: "repair-limit", metavar: "N", def: defaultRepairLimit, group: groupTest, to: &f.test.repairLimit,
			help: "How often it does so at most",
		},
		{
			name: "compress", short: "c", group: groupCompress, to: &f.compress,
			help: "Compresses each INPUT with upx; the layer that is pulled may get larger, which -v shows",
		},
		{
			name: "upx-arg", metavar: "ARG", group: groupCompress, to: &f.upxArgs, many: true,
			help: "Argument for upx",
		},
		{
			name: "upx", metavar: "PATH|NAME", def: "upx", group: groupCompress, to: &f.upx,
			help: "The upx to use",
		},
		{
			name: "manifest", metavar: "FILE", group: groupOutput, to: &f.manifest,
			help: "Writes what is in the bundle, and why, as JSON (- for standard output)",
		},
		{
			name: "report", metavar: "FILE.html", group: groupOutput, to: &f.report,
			help: "Writes the same for people, as one page: what brought what, the largest files, the chain for each",
		},
		{
			name: "dry-run", group: groupOutput, to: &f.dryRun,
			help: "Does everything but writing OUTPUT, and prints what it would hold",
		},
		{
			name: "progress", metavar: "HOW", values: progressNames, def: "auto", group: groupOther, to: &f.progress,
			help: "What is shown of work that takes long: tty, a line that goes away; plain, lines; none; auto, tty on a terminal and else a line every ten seconds",
		},
		{
			name: "log-level", metavar: "LEVEL", values: []string{"Off", "Error", "Warn", "Info", "Debug"}, def: "Warn", group: groupOther, to: &f.logLevel,
			help: "Off, Error, Warn, Info or Debug",
		},
		{
			name: "verbose", short: "v", group: groupOther, to: &f.verbose,
			help: "Prints each file with the reason why it is there, as --log-level Info",
		},
		{name: "help", short: "h", group: groupOther, to: &f.help, help: "Prints this help"},
		{name: "version", short: "V", group: groupOther, to: &f.version, help: "Prints the version"},
	}
}
