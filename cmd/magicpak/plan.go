package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"magicpak/bundler/upx"
)

// A plan is a command line that was found to make sense. Paths of the bundle
// are absolute in it; what is relative to the working directory is not any more.
type plan struct {
	inputs   []string // as given
	output   string
	root     string // directory that everything is taken from
	cwd      string // in root: where relative inputs and globs start
	include  []string
	exclude  []string
	mkdir    []string
	install  *destination // nil: each input keeps its path
	hwcaps   bool
	dynamic  *dynamicPlan // nil: nothing is run
	profiles []string     // files of recorded runs
	test     *testPlan    // nil: the bundle is not tested
	manifest string       // a file, "-" for standard output, "" for none
	page     string       // file of the report, "" for none
	dryRun   bool
	implied  impliedRules
	with     []string     // what is added by name
	expand   string       // none, dir or package
	dlinfo   *dlinfoPlan  // nil: the loader is not asked
	packer   *upx.Command // nil: nothing is compressed; Path is as given
	epoch    *int64       // SOURCE_DATE_EPOCH: no file of the bundle is younger
	level    slog.Level
}

// A destination is where --install-to puts executables.
type destination struct {
	path   string
	folder bool // path is the folder that they go into under their own names
}

// of returns the path in the bundle of an executable named name.
func (d *destination) of(name string) string {
	if d.folder {
		return path.Join(d.path, path.Base(name))
	}
	return d.path
}

// newPlan checks what the flags and words say together. Errors are
// [*usageError].
func newPlan(f *flags, words []string) (*plan, error) {
	p := &plan{
		exclude: f.exclude, manifest: f.manifest, page: f.report, dryRun: f.dryRun,
		hwcaps: f.hwcaps == "all", root: f.root,
	}
	if f.compress {
		p.packer = &upx.Command{Path: f.upx, Args: f.upxArgs}
	}
	checks := []func() error{
		func() (err error) { p.level, err = level(f); return err },
		func() error { return oneOf("progress", f.progress, progressNames...) },
		func() error { return oneOf("hwcaps", f.hwcaps, "none", "all") },
		func() error { return p.setWords(words) },
		p.setCwd,
		func() error { return p.setGlobs(f.include) },
		func() error { return p.setMkdir(f.mkdir) },
		func() error { return p.setImplied(f.implied) },
		func() error { return p.setWith(f.with) },
		func() error { return p.setDlinfo(&f.dlinfo) },
		func() error { return p.setInstall(f.installTo) },
		func() error { return p.setDynamic(&f.dynamic) },
		func() error { return p.setExpand(f.expand) },
		func() error { return p.setTest(&f.test) },
		p.checkManifest,
		func() (err error) { p.epoch, err = sourceDateEpoch(); return err },
	}
	for _, check := range checks {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// level returns the level of messages. -v is --log-level Info.
func level(f *flags) (slog.Level, error) {
	i := slices.IndexFunc(logLevels, func(l struct {
		name  string
		level slog.Level
	},
	) bool {
		return strings.EqualFold(l.name, f.logLevel)
	})
	switch {
	case i < 0:
		return 0, &usageError{"--log-level " + f.logLevel + ": no such level", "it is one of Off, Error, Warn, Info, Debug"}
	case !f.verbose:
		return logLevels[i].level, nil
	case logLevels[i].level > slog.LevelWarn:
		return 0, misuse("--verbose contradicts --log-level %s", logLevels[i].name)
	}
	return min(logLevels[i].level, slog.LevelInfo), nil
}

// setWords takes INPUT... OUTPUT.
func (p *plan) setWords(words []string) error {
	const synopsis = "usage: magicpak [OPTIONS] INPUT... OUTPUT; magicpak --help says more"
	switch {
	case len(words) == 0:
		return &usageError{"INPUT and OUTPUT are missing", synopsis}
	case len(words) == 1:
		return &usageError{"OUTPUT is missing", cmp.Or(meantSubcommand(words[0]), synopsis)}
	case slices.Contains(words, ""):
		return &usageError{"INPUT or OUTPUT is empty", "is a variable not set?"}
	}
	p.inputs, p.output = words[:len(words)-1], words[len(words)-1]
	return nil
}

// setCwd checks the root and finds where relative paths start in it.
func (p *plan) setCwd() (err error) {
	if err := checkRoot(p.root); err != nil {
		return err
	}
	p.cwd, err = workingDir(p.root)
	return err
}

// setGlobs checks the globs and makes those of --include absolute.
func (p *plan) setGlobs(include []string) error {
	for _, g := range include {
		if err := checkGlob("include", g); err != nil {
			return err
		}
		if !strings.HasPrefix(g, "/") {
			g = escapeGlob(strings.TrimSuffix(p.cwd, "/")) + "/" + strings.TrimPrefix(g, "./")
		}
		p.include = append(p.include, g)
	}
	for i, g := range p.exclude {
		if err := checkGlob("exclude", g); err != nil {
			return err
		}
		if clean := strings.TrimRight(g, "/"); clean != "" {
			p.exclude[i] = clean // what it is compared with ends in no slash
		}
	}
	return nil
}

func checkGlob(option, glob string) error {
	switch {
	case glob == "":
		return misuse("--%s is empty", option)
	case !doublestar.ValidatePattern(glob):
		return &usageError{
			fmt.Sprintf("--%s %s: not a glob", option, glob),
			`a [ or { without its end is written \[ or \{`,
		}
	}
	return nil
}

// escapeGlob returns a glob that matches s alone.
func escapeGlob(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte(`*?[]{}\`, c) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

func (p *plan) setMkdir(dirs []string) error {
	for _, d := range dirs {
		clean, err := bundlePath("mkdir", d)
		if err != nil {
			return err
		}
		p.mkdir = append(p.mkdir, clean)
	}
	return nil
}

// setInstall takes --install-to and refuses two executables at one path.
func (p *plan) setInstall(to string) error {
	if to == "" {
		return nil
	}
	clean, err := bundlePath("install-to", to)
	if err != nil {
		return err
	}
	d := &destination{clean, strings.HasSuffix(to, "/") || strings.HasSuffix(to, "/.") || clean == "/"}
	if !d.folder && len(p.inputs) > 1 {
		return &usageError{
			fmt.Sprintf("--install-to %s: %d inputs would go to one path", to, len(p.inputs)),
			fmt.Sprintf("--install-to %s/ puts each into that folder", to),
		}
	}
	p.install = d
	return d.collision(p.inputs)
}

// collision refuses inputs that differ and would go to one path.
func (d *destination) collision(inputs []string) error {
	from := map[string]string{}
	for _, in := range inputs {
		other, taken := from[d.of(in)]
		if taken && other != in {
			return misuse("--install-to: %s and %s would both go to %s", other, in, d.of(in))
		}
		from[d.of(in)] = in
	}
	return nil
}

// bundlePath makes a path of the bundle absolute. One that climbs with ".." is
// refused even where it would stay inside, because what it means depends on links.
func bundlePath(option, p string) (string, error) {
	switch {
	case p == "":
		return "", misuse("--%s is empty", option)
	case slices.Contains(strings.Split(p, "/"), ".."):
		return "", &usageError{
			fmt.Sprintf("--%s %s: leads out of the bundle", option, p),
			"write the absolute path that it has in the bundle, without ..",
		}
	}
	return path.Join("/", p), nil
}

// checkManifest refuses a manifest and a report that would be files of the bundle.
func (p *plan) checkManifest() error {
	return cmp.Or(p.checkOutside("manifest", p.manifest), p.checkOutside("report", p.page))
}

// checkOutside refuses to write the file of an option into the bundle.
func (p *plan) checkOutside(option, name string) error {
	out, err := absolute(p.output)
	if err != nil {
		return err
	}
	file, err := absolute(name)
	if err != nil {
		return err
	}
	if name != "" && name != "-" && (file == out || strings.HasPrefix(file, strings.TrimSuffix(out, "/")+"/")) {
		return &usageError{
			fmt.Sprintf("--%s %s: lies inside OUTPUT", option, name),
			"write it beside OUTPUT, so that it is no file of the bundle",
		}
	}
	return nil
}

// sourceDateEpoch returns the seconds since 1970 that SOURCE_DATE_EPOCH holds
// (reproducible-builds.org), nil without it.
func sourceDateEpoch() (*int64, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return nil, misuse("SOURCE_DATE_EPOCH=%s: no number of seconds since 1970", text)
	}
	return &n, nil
}
