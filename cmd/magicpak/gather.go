package main

import (
	"errors"
	"fmt"
	"log/slog"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/tracer"
)

// A gathering puts what runs looked at into the manifest.
type gathering struct {
	*bundling
	profile *tracer.Profile
	before  map[string]*tracer.Before
	added   map[string]bool // what is in the manifest because of the runs
	kept    map[string]bool // and of it, what is there as it was before
	report  observed

	dirsOfCache map[string][]string // by the path of a loader's cache
}

// opOrder is the order in which accesses are gathered: what says most about
// why a file is needed comes first, and is the reason that -v shows.
var opOrder = []tracer.Op{
	tracer.Exec, tracer.List, tracer.Open, tracer.Modify, tracer.Replace, tracer.Remove, tracer.Change,
	tracer.Readlink, tracer.Stat, tracer.Create, tracer.Connect,
}

// originOf is the kind of reason that an operation makes.
var originOf = map[tracer.Op]bundler.Kind{
	tracer.Exec: bundler.Executed, tracer.Open: bundler.Opened, tracer.List: bundler.Listed,
	tracer.Modify: bundler.Changed, tracer.Change: bundler.Changed, tracer.Replace: bundler.Changed,
	tracer.Remove: bundler.Removed, tracer.Readlink: bundler.LinkRead, tracer.Stat: bundler.LookedAt,
	tracer.Create: bundler.FilledFolder,
}

// addProfiles adds what the runs of now and those recorded before looked at.
func (b *bundling) addProfiles(runs, recorded []*tracer.Profile) error {
	// What a run of now found here says more than what one found elsewhere.
	all := append(slices.Clone(runs), recorded...)
	if len(all) == 0 {
		return nil
	}
	for _, p := range all {
		b.recordings = append(b.recordings, p.Runs...)
	}
	g := &gathering{
		bundling: b, profile: tracer.Merge(all...),
		before: map[string]*tracer.Before{}, added: map[string]bool{}, kept: map[string]bool{},
		dirsOfCache: map[string][]string{},
	}
	b.gathered = g
	for i := range g.profile.Before {
		g.before[string(g.profile.Before[i].Path)] = &g.profile.Before[i]
	}
	for _, step := range []func() error{g.addFiles, g.addListed, g.addPrograms} {
		if err := step(); err != nil {
			return err
		}
	}
	g.tell()
	return nil
}

func (g *gathering) addFiles() error {
	for _, op := range opOrder {
		for i := range g.profile.Accesses {
			if a := &g.profile.Accesses[i]; a.Op == op {
				if err := g.add(a); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// add adds the file that a found, or the folder in which it made one.
func (g *gathering) add(a *tracer.Access) error {
	object := string(a.Object)
	switch {
	case a.Op == tracer.Connect:
		g.report.connect(a)
		return nil
	case a.Op == tracer.Create && a.Errno == 0:
		return g.addFolderOf(a)
	case !wasThere(a) || g.own(object) || g.made(object):
		return nil
	case a.Virtual || kernels(object):
		g.report.device(a)
		return g.addLinks(a)
	case !bundled(a.Type):
		g.report.special(a)
		return nil
	}
	return g.addFound(a)
}

func bundled(format uint32) bool {
	return format == unix.S_IFREG || format == unix.S_IFDIR || format == unix.S_IFLNK
}

// addFound adds an object with the links on the way to it.
func (g *gathering) addFound(a *tracer.Access) error {
	object := string(a.Object)
	if a.Op == tracer.Stat && g.added[object] {
		return g.addLinks(a) // other reasons say more
	}
	if err := g.put(object, g.origin(a)); err != nil {
		return err
	}
	return g.addLinks(a)
}

func (g *gathering) addLinks(a *tracer.Access) error {
	for _, l := range a.Links {
		p := string(l)
		if kernels(p) || g.own(p) || g.made(p) {
			continue
		}
		if err := g.put(p, bundler.Origin{Kind: bundler.OnTheWay, By: string(a.Object)}); err != nil {
			return err
		}
	}
	return nil
}

// addFolderOf adds the folder that was there before a made a file in it: the
// program needs it again.
func (g *gathering) addFolderOf(a *tracer.Access) error {
	dir := path.Dir(string(a.Object))
	for g.made(dir) {
		dir = path.Dir(dir)
	}
	if a.Object == "" || a.Virtual || dir == "/" || kernels(dir) || g.own(string(a.Object)) {
		return nil
	}
	if err := g.put(dir, g.origin(a)); err != nil {
		return err
	}
	return g.addLinks(a)
}

// origin returns the reason that a makes.
func (g *gathering) origin(a *tracer.Access) bundler.Origin {
	o := bundler.Origin{
		Kind: originOf[a.Op], By: string(a.By.Program), Detail: commandText(g.profile.RunOf(a)),
	}
	if o.By == ownExecutable() {
		o.By = "" // the first program of a run is executed by magicpak
	}
	return o
}

// put adds what was at the walked path p before the run.
func (g *gathering) put(p string, o bundler.Origin) error {
	g.added[p] = true
	for i := 1; i < len(p); i++ {
		if p[i] == '/' && !g.kept[p[:i]] {
			if _, err := g.keep(p[:i], bundler.Origin{Kind: bundler.OnTheWay, By: p}); err != nil {
				return err
			}
		}
	}
	kept, err := g.keep(p, o)
	if !kept && err == nil {
		err = g.manifest.AddWalked(p, o)
	}
	return g.leftOut(p, err)
}

// keep adds what was at p as the run found it, if the run changed it.
func (g *gathering) keep(p string, o bundler.Origin) (bool, error) {
	b := g.before[p]
	if b == nil || b.Absent || p == "/" {
		return false, nil
	}
	format := b.Stat.Mode & unix.S_IFMT
	if format == 0 || format == unix.S_IFREG && b.Copy == "" || b.Lost != "" {
		g.report.lose(p, b)
		return false, nil
	}
	g.kept[p] = true
	return true, g.manifest.AddKept(bundler.Entry{Path: p, Stat: b.Stat, Target: string(b.Target), Copy: b.Copy}, o)
}

// leftOut tells of a file that cannot be in the bundle, which is no reason to
// make none.
func (g *gathering) leftOut(p string, err error) error {
	var whiteout *bundler.WhiteoutError
	switch {
	case err == nil:
	case errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR):
		g.report.gone = append(g.report.gone, p)
	case errors.As(err, &whiteout):
		warn(err)
	case errors.Is(err, unix.EACCES):
		g.report.unreadable = append(g.report.unreadable, p)
	default:
		return err
	}
	return nil
}

// made tells whether the run made what is at the walked path p, or a folder
// above it.
func (g *gathering) made(p string) bool {
	for ; p != "/" && p != ""; p = path.Dir(p) {
		if b := g.before[p]; b != nil {
			return b.Absent
		}
	}
	return false
}

// own tells whether p belongs to magicpak, or is what it makes anew.
func (g *gathering) own(p string) bool {
	switch {
	case p == "/etc/ld.so.cache", strings.HasPrefix(p, "/etc/ld-musl-") && strings.HasSuffix(p, ".path"):
		return true // made anew, of the bundle's libraries, where it is needed
	case g.moved[p]:
		return true
	case p == ownExecutable():
		return g.manifest.Entry(p) == nil
	}
	return slices.ContainsFunc(g.ownDirs, func(dir string) bool { return within(p, dir) })
}

// within tells whether p is dir or lies in it.
func within(p, dir string) bool {
	return p == dir || strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

// kernels tells whether p lies where every container has the kernel's own
// files, which some show as ordinary ones.
func kernels(p string) bool {
	return within(p, "/proc") || within(p, "/sys") || within(p, "/dev")
}

// observed is what is told of runs beside the files of the bundle.
type observed struct {
	gone, unreadable, changed, lost []string
	devices, sockets, otherSorts    []string
}

// devices that every container has (OCI runtime specification, default devices).
var usualDevices = []string{
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/console", "/dev/ptmx",
}

func (o *observed) device(a *tracer.Access) {
	p := string(a.Object)
	isDevice := a.Type == unix.S_IFCHR || a.Type == unix.S_IFBLK
	if isDevice && a.Op != tracer.Stat && !slices.Contains(usualDevices, p) && !within(p, "/dev/pts") {
		note(&o.devices, p)
	}
}

func (o *observed) connect(a *tracer.Access) {
	if a.Errno == 0 && a.Type != 0 {
		note(&o.sockets, string(a.Path))
	}
}

func (o *observed) special(a *tracer.Access) {
	switch a.Type {
	case unix.S_IFSOCK:
		note(&o.sockets, string(a.Path))
	default:
		note(&o.otherSorts, string(a.Path))
	}
}

// lose notes that the run changed p and that what was there is not known.
func (o *observed) lose(p string, b *tracer.Before) {
	if b.Lost != "" {
		note(&o.lost, p+": "+b.Lost)
		return
	}
	note(&o.changed, p)
}

// note adds s to list, once.
func note(list *[]string, s string) {
	if !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// tell says, a line for each matter, what of the runs is not in the bundle.
func (g *gathering) tell() {
	r := &g.report
	for _, l := range []struct {
		list  []string
		level slog.Level
		text  string
	}{
		{r.gone, slog.LevelWarn, "%s: the run found it, and it is not there any more"},
		{r.unreadable, slog.LevelWarn, "%s: the run found it, and it cannot be read"},
		{r.lost, slog.LevelWarn, "the state of now is bundled, not that from before the run: %s"},
		{r.changed, slog.LevelWarn, "the recorded run changed %s: the state of now is bundled"},
		{r.devices, slog.LevelWarn, "the run used %s: the container must be given it (docker run --device)"},
		{r.sockets, slog.LevelInfo, "the run used the socket %s: not bundled; what serves it must be in the container's reach"},
		{r.otherSorts, slog.LevelInfo, "%s: neither file, folder nor link, and not bundled"},
	} {
		if len(l.list) > 0 {
			slog.Log(g.ctx, l.level, fmt.Sprintf(l.text, some(l.list)))
		}
	}
	g.tellIdleWeight()
}

// idleWeight is from how many bytes on it is told that files are in the bundle
// which no run opened.
const idleWeight = 64 << 20

// tellIdleWeight tells when much of the bundle was only looked at: such files
// must be there, but a program that walks a tree looks at all that it meets.
func (g *gathering) tellIdleWeight() {
	var bytes int64
	var largest *bundler.Entry
	for e := range g.manifest.Entries() {
		idle := !slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool { return o.Kind != bundler.LookedAt })
		if !e.IsFile() || !idle {
			continue
		}
		bytes += e.Stat.Size
		if largest == nil || e.Stat.Size > largest.Stat.Size {
			largest = e
		}
	}
	if bytes >= idleWeight {
		slog.Warn(fmt.Sprintf("files that were only looked at, and never opened, make up %s of the bundle (the largest: %s); --exclude leaves them out", byteText(bytes), largest.Path))
	}
}
