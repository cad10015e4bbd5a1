package main

// A stage is a part of magicpak that this version may lack.
type stage struct {
	name string // as in "does not have ... yet"
	hint string // what serves until then
}

// The stages that this version lacks.
var (
	stageDynamic = &stage{"dynamic analysis", "leave it out, and name what the program opens itself with --include"}
	stageTest    = &stage{"tests of the bundle", "leave it out, and run the finished bundle in a container"}
	stageImplied = &stage{"implied files", "name the files with --include"}
	stageDlinfo  = &stage{"the dlinfo resolver", "leave it out: the native resolver needs neither compiler nor loader"}
	stageReport  = &stage{"HTML reports", "--manifest FILE and \"magicpak why\" say what is in the bundle and why"}
	stageTrace   = &stage{"traced runs", ""}
)

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
	lacks   *stage   // what it belongs to, when this version lacks that
	has     []string // values that need nothing of it
}

// flags are the values of the options as they were given.
type flags struct {
	include, exclude, mkdir []string
	installTo               string
	resolver, implied       string
	tracer                  string
	root, hwcaps            string
	manifest                string
	logLevel                string
	verbose, dryRun         bool
	compress                bool
	upx                     string
	upxArgs                 []string
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
			help: "What programs are known to open by themselves is added: auto or none; auto,-tz,-certs leaves rules out",
		},
		{
			name: "with", metavar: "LIST", group: groupContents, lacks: stageImplied,
			help: "Adds by name what a container often needs",
		},
		{
			name: "cc", metavar: "PATH|NAME", def: "cc", env: "CC", group: groupLibraries,
			help: "C compiler for --resolver dlinfo",
		},
		{
			name: "experimental-noload-resolver", group: groupLibraries, lacks: stageDlinfo,
			help: "Asks the loader with RTLD_NOLOAD",
		},
		{
			name: "resolver", metavar: "NAME", values: []string{"native", "dlinfo"}, def: "native", group: groupLibraries, to: &f.resolver, lacks: stageDlinfo, has: []string{"native"},
			help: "Who says where a library is: native, or dlinfo (the loader itself)",
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
			name: "dynamic", short: "d", group: groupDynamic, lacks: stageDynamic,
			help: "Runs the executable and adds the files that it opens",
		},
		{
			name: "dynamic-arg", metavar: "ARG", group: groupDynamic, lacks: stageDynamic, many: true,
			help: "Argument for the executable in that run",
		},
		{
			name: "dynamic-stdin", metavar: "CONTENT", group: groupDynamic, lacks: stageDynamic,
			help: "What it reads from standard input",
		},
		{
			name: "dynamic-command", metavar: "CMD", group: groupDynamic, lacks: stageDynamic, many: true,
			help: "Shell command to run instead of it",
		},
		{
			name: "dynamic-exercise", metavar: "CMD", group: groupDynamic, lacks: stageDynamic,
			help: "Runs beside it, and ends the run",
		},
		{
			name: "dynamic-signal", metavar: "SIGNAL", def: "TERM", group: groupDynamic, lacks: stageDynamic,
			help: "What a run is stopped with",
		},
		{
			name: "dynamic-timeout", metavar: "DUR", group: groupDynamic, lacks: stageDynamic,
			help: "Stops it after that time",
		},
		{
			name: "dynamic-env", metavar: "K=V", group: groupDynamic, lacks: stageDynamic, many: true,
			help: "Sets a variable for the run",
		},
		{
			name: "dynamic-workdir", metavar: "DIR", group: groupDynamic, lacks: stageDynamic,
			help: "Where it runs",
		},
		{
			name: "dynamic-exit-code", metavar: "N", def: "0", group: groupDynamic, lacks: stageDynamic,
			help: "Status that counts as good",
		},
		{
			name: "tracer", metavar: "NAME", values: []string{"auto", "ptrace", "notify", "ebpf", "off"}, def: "auto", group: groupDynamic, to: &f.tracer, lacks: stageDynamic, has: []string{"off"},
			help: "auto, ptrace, notify, ebpf or off",
		},
		{
			name: "require-dynamic", group: groupDynamic, lacks: stageDynamic,
			help: "Fails when the run cannot be observed",
		},
		{
			name: "profile", metavar: "FILE", group: groupDynamic, lacks: stageDynamic, many: true,
			help: "Uses a recorded run",
		},
		{
			name: "profile-out", metavar: "FILE", group: groupDynamic, lacks: stageDynamic,
			help: "Records this run",
		},
		{
			name: "test", short: "t", group: groupTest, lacks: stageTest,
			help: "Runs a command in the finished bundle",
		},
		{
			name: "test-command", metavar: "COMMAND", group: groupTest, lacks: stageTest,
			help: "Shell command to run (default: the executable)",
		},
		{
			name: "test-stdin", metavar: "CONTENT", group: groupTest, lacks: stageTest,
			help: "What it reads from standard input",
		},
		{
			name: "test-stdout", metavar: "CONTENT", group: groupTest, lacks: stageTest,
			help: "What it must print",
		},
		{
			name: "busybox", metavar: "PATH|NAME", def: "busybox", group: groupTest,
			help: "Static busybox whose shell a test uses",
		},
		{
			name: "test-timeout", metavar: "DUR", def: "60s", group: groupTest, lacks: stageTest,
			help: "Ends the test after that time",
		},
		{
			name: "test-exit-code", metavar: "N", def: "0", group: groupTest, lacks: stageTest,
			help: "Status that counts as good",
		},
		{
			name: "test-env", metavar: "K=V", group: groupTest, lacks: stageTest, many: true,
			help: "Sets a variable for the test",
		},
		{
			name: "test-user", metavar: "UID[:GID]", group: groupTest, lacks: stageTest,
			help: "Who runs the test",
		},
		{
			name: "repair", group: groupTest, lacks: stageTest,
			help: "Adds what a failed test missed, and tests again",
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
			name: "report", metavar: "FILE.html", group: groupOutput, lacks: stageReport,
			help: "Writes the same for people",
		},
		{
			name: "dry-run", group: groupOutput, to: &f.dryRun,
			help: "Does everything but writing OUTPUT, and prints what it would hold",
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
		{name: "version", group: groupOther, to: &f.version, help: "Prints the version"},
	}
}
