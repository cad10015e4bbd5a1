package bundler

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A Kind is a sort of reason for which a file is in the bundle.
type Kind string

// The kinds of reasons.
const (
	Input             Kind = "input"
	Needed            Kind = "needed"             // a library that By's dynamic section names
	Interpreter       Kind = "interpreter"        // the program interpreter of By
	ScriptInterpreter Kind = "script interpreter" // named by the #! line of By
	Preload           Kind = "preload"
	DlopenNote        Kind = "dlopen note" // an ELF note of By says that it opens this
	Variant           Kind = "variant"     // another CPU's build of By
	Included          Kind = "include"
	MadeFolder        Kind = "mkdir"
	OnTheWay          Kind = "on the way" // a link or folder on the way to By
	LoaderCache       Kind = "loader cache"
	With              Kind = "with"    // added by the name in Detail
	Expanded          Kind = "expand"  // completes the folder of modules, or the package in Detail, of which a run loaded By
	Implied           Kind = "implied" // By is known to open it; Detail is the rule that knows

	Repaired Kind = "repaired" // a test of the bundle looked for it in vain; Detail says how

	// What observed runs touched: By is the program that did, Detail the
	// command that was run.
	Executed     Kind = "executed"
	Opened       Kind = "opened"
	Listed       Kind = "listed"
	LookedAt     Kind = "looked at" // by stat(2) and the like
	LinkRead     Kind = "link read"
	Changed      Kind = "changed" // after it was kept aside
	Removed      Kind = "removed"
	FilledFolder Kind = "filled"    // a file was made in it
	InListed     Kind = "in listed" // completes the folder By that a run listed
)

// An Origin is one reason for which an entry is in the bundle.
type Origin struct {
	Kind   Kind   `json:"kind"`
	By     string `json:"by,omitempty"`     // the path in the bundle that wants it
	Detail string `json:"detail,omitempty"` // how it is named there: a soname, a glob
}

// An Entry is one file, folder, link or special file of the bundle.
type Entry struct {
	Path    string      // in the bundle: walked, absolute
	Stat    unix.Stat_t // type and metadata
	Target  string      // text of a symbolic link
	Source  string      // walked path in the source; "" for what magicpak makes or kept
	Copy    string      // file of this machine with the contents that were kept ([Manifest.AddKept])
	Content []byte      // of a file that magicpak makes
	Origins []Origin
}

func (e *Entry) format() uint32 { return e.Stat.Mode & unix.S_IFMT }

// IsDir tells whether the entry is a folder.
func (e *Entry) IsDir() bool { return e.format() == unix.S_IFDIR }

// IsLink tells whether the entry is a symbolic link.
func (e *Entry) IsLink() bool { return e.format() == unix.S_IFLNK }

// IsFile tells whether the entry is a regular file.
func (e *Entry) IsFile() bool { return e.format() == unix.S_IFREG }

// A Note is something that was left out of the bundle, or is odd.
type Note struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

func (n Note) String() string { return n.Path + ": " + n.Reason }

// A Manifest is the plan of a bundle. Make it with [New].
type Manifest struct {
	source  rootfs.Tree
	entries map[string]*Entry
	sorted  []*Entry // by path; nil when entries changed
	latest  []Origin // see alone
	notes   []Note
	skip    map[string]bool
	devices map[uint64]string // names of virtual file systems, or "", by st_dev
	made    uint64            // inode numbers given to what magicpak makes
}

// New returns a manifest that holds nothing but the root folder, to be filled
// from source.
func New(source rootfs.Tree) (*Manifest, error) {
	m := &Manifest{source: source, entries: map[string]*Entry{}, skip: map[string]bool{}, devices: map[uint64]string{}}
	st, err := source.Lstat("/")
	if err != nil {
		return nil, err
	}
	m.put(&Entry{Path: "/", Stat: st, Source: "/"}, Origin{Kind: OnTheWay})
	return m, nil
}

// Entries returns all entries in the order of their paths' bytes. Those that
// are added meanwhile are not among them.
func (m *Manifest) Entries() iter.Seq[*Entry] {
	if m.sorted == nil {
		m.sorted = slices.AppendSeq(make([]*Entry, 0, len(m.entries)), maps.Values(m.entries))
		slices.SortFunc(m.sorted, func(a, b *Entry) int { return strings.Compare(a.Path, b.Path) })
	}
	return slices.Values(m.sorted)
}

// Len returns how many entries there are.
func (m *Manifest) Len() int { return len(m.entries) }

// Entry returns the entry at a walked path, nil when there is none.
func (m *Manifest) Entry(path string) *Entry { return m.entries[path] }

// Notes returns what was left out, in the order in which it was met.
func (m *Manifest) Notes() []Note { return m.notes }

// Skip keeps the folder at a walked path, such as the output, out of what
// [Manifest.AddTree] brings.
func (m *Manifest) Skip(path string) { m.skip[path] = true }

// A WhiteoutError refuses a name that deletes files from an image layer.
type WhiteoutError struct{ Path string }

func (e *WhiteoutError) Error() string {
	return fmt.Sprintf("bundle %s: a name that begins with .wh. deletes files in an image layer", e.Path)
}

// put enters e, or adds o to the origins of what is there.
func (m *Manifest) put(e *Entry, o Origin) *Entry {
	old := m.entries[e.Path]
	if old == nil {
		m.entries[e.Path], old = e, e
		m.sorted = nil
	}
	switch {
	case len(old.Origins) == 0:
		old.Origins = m.alone(o)
	case !slices.Contains(old.Origins, o):
		old.Origins = append(old.Origins, o)
	}
	return old
}

// alone returns o in a slice of its own: the same one for the entries that one
// --include brings one after the other. An append copies it, as it is full.
func (m *Manifest) alone(o Origin) []Origin {
	if len(m.latest) == 0 || m.latest[0] != o {
		m.latest = []Origin{o}
	}
	return m.latest
}

// drop takes out the entry at p.
func (m *Manifest) drop(p string) {
	delete(m.entries, p)
	m.sorted = nil
}

// Add adds what path leads to in the source: a file, a folder without its
// contents, or a special file. Links are followed and kept. It returns the
// walked path.
func (m *Manifest) Add(path string, o Origin) (string, error) {
	place, err := rootfs.Stat(m.source, path)
	if err != nil {
		return "", err
	}
	return place.Path, m.place(place, o)
}

// place enters a walk's end, and its way.
func (m *Manifest) place(place rootfs.Place, o Origin) error {
	if err := m.way(place); err != nil {
		return err
	}
	e := &Entry{Path: place.Path, Stat: place.Stat, Source: place.Path}
	if e.IsLink() {
		target, err := m.source.Readlink(place.Path)
		if err != nil {
			return err
		}
		e.Target = target
	}
	if err := errors.Join(checkName(place.Path), m.checkFree(e)); err != nil {
		return err
	}
	m.put(e, o)
	return nil
}

// way enters the folders and links that a walk passed, on account of the
// first place that they lead to.
func (m *Manifest) way(place rootfs.Place) error {
	for _, s := range place.Steps {
		if err := checkName(s.Path); err != nil {
			return err
		}
		if m.entries[s.Path] == nil {
			m.put(&Entry{Path: s.Path, Stat: s.Stat, Target: s.Target, Source: s.Path}, Origin{Kind: OnTheWay, By: place.Path})
		}
	}
	return nil
}

func checkName(p string) error {
	if strings.HasPrefix(path.Base(p), ".wh.") {
		return &WhiteoutError{p}
	}
	return nil
}

// AddTree adds the folder that path leads to with all that it holds, or the
// file. What links inside lead to is added too. What is left out is noted:
// special files, virtual file systems, and links that lead nowhere.
func (m *Manifest) AddTree(path string, o Origin) error {
	place, err := rootfs.Stat(m.source, path)
	if err != nil {
		return err
	}
	return m.tree(place, o)
}

func (m *Manifest) tree(place rootfs.Place, o Origin) error {
	if m.leftOut(place.Path, &place.Stat) {
		return nil
	}
	if err := m.place(place, o); err != nil {
		return err
	}
	if place.Stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	return m.children(place.Path, o)
}

func (m *Manifest) children(dir string, o Origin) error {
	if m.skip[dir] {
		return nil
	}
	names, err := m.source.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		err := m.child(join(dir, name), o)
		if gone(err) {
			m.note(join(dir, name), "vanished before it was bundled")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// child adds what a folder holds at the walked path p.
func (m *Manifest) child(p string, o Origin) error {
	if m.skip[p] {
		return nil
	}
	st, err := m.source.Lstat(p)
	if err != nil {
		return err
	}
	e := &Entry{Path: p, Stat: st, Source: p}
	switch {
	case checkName(p) != nil:
		return checkName(p)
	case e.IsLink():
		return m.link(p, o)
	case e.IsDir() && isWorkName(path.Base(p)):
		m.note(p, "left out: the work folder of a magicpak run")
		return nil
	case m.leftOut(p, &st):
		if e.IsDir() { // where a file system is mounted
			m.put(&Entry{Path: p, Stat: m.madeStat(unix.S_IFDIR | 0o755)}, o)
		}
		return nil
	}
	if err := m.checkFree(e); err != nil {
		return err
	}
	m.put(e, o)
	if e.IsDir() {
		return m.children(p, o)
	}
	return nil
}

// link adds the link at the walked path p and what it leads to.
func (m *Manifest) link(p string, o Origin) error {
	place, err := rootfs.Lstat(m.source, p)
	if err != nil {
		return err
	}
	if err := m.place(place, o); err != nil {
		return err
	}
	target, err := rootfs.Stat(m.source, p)
	switch {
	case err != nil:
		m.note(p, "link that leads nowhere: "+errText(err))
		return nil
	case m.leftOut(target.Path, &target.Stat):
		return nil
	}
	return m.place(target, Origin{Kind: OnTheWay, By: p})
}

func (m *Manifest) note(p, reason string) { m.AddNote(Note{p, reason}) }

// AddNote puts a note into the manifest, once.
func (m *Manifest) AddNote(n Note) {
	if !slices.Contains(m.notes, n) {
		m.notes = append(m.notes, n)
	}
}

func join(dir, name string) string {
	if dir == "/" {
		return "/" + name
	}
	return dir + "/" + name
}
