package tracer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A recorder makes a profile of what a backend tells it. It is shared by all
// backends and used by one thread.
type recorder struct {
	mem     *memory
	scratch string
	copies  int // made in scratch

	host      *names            // of this process's mount namespace
	foreign   map[uint64]*names // of others, by the inode of the namespace
	namespace uint64            // the inode of this process's
	moved     bool              // a tracee may have another root or namespace
	views     uint64            // raised when a tracee's view may have changed
	dirs      map[string]*node  // of texts of magic links

	fds descriptors

	readings map[*node]reading // of executed files

	devices devices
	euid    int

	asked   map[question]*result
	records map[recordKey]*record
	direct  []*record // hanging on nodes
	paths   atomic.Int64
	order   int // ordinal of the latest access

	looked     bool // a task opened what may show where it runs: /proc/PID/status
	unstable   int  // tasks whose view is being changed
	loses      bool // set-user-ID programs gain nothing
	unreadable int  // names that could not be read
	holds      bool // memory is kept open, because a change of user would close it
	leaves     bool // the backend can stop a task after a call
	remarks    []string
	incomplete []string
}

// A record is an Access in the making.
type record struct {
	recordKey
	next        *record // of those that hang on the node
	links       []*node
	mode        uint32
	virtual     bool
	pid         int
	program     string
	first, last int
	count       int
}

type recordKey struct {
	op    Op
	path  string
	errno unix.Errno
	node  *node // where the walk ended
}

// A question is a look-up as a tracee asked for it, from one place.
type question struct {
	root, from *node // from is nil for an absolute name
	name       string
	how        how
}

// A how tells apart look-ups of one name that may have different results.
type how struct {
	call    *call
	follow  bool
	resolve uint8  // of openat2
	flags   uint32 // of open
}

// An answer to a question is good for one generation of names.
type result struct {
	question
	sure    bool // the same question has the same answer, while gen is the same
	gen     uint64
	names   *names
	node    *node  // where the walk ended
	path    string // absolute, of the name that was asked for
	links   []*node
	errno   unix.Errno
	last    bool // it failed at the last component
	mode    uint32
	virtual bool
	record  *record // made for it already
}

func newRecorder(scratch string) *recorder {
	r := &recorder{
		mem: &memory{}, scratch: scratch, host: newNames(""), foreign: map[uint64]*names{},
		views: 1, dirs: map[string]*node{}, devices: readDevices(), euid: unix.Geteuid(),
		asked: map[question]*result{}, readings: map[*node]reading{}, records: map[recordKey]*record{},
	}
	r.holds = r.euid == 0 && !hasCapability(unix.CAP_SYS_PTRACE)
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/mnt", &st) == nil {
		r.namespace = st.Ino
	}
	return r
}

// note counts an access to what a look-up found. A look-up that is made again
// gets an answer by heart; most are not.
func (r *recorder) note(t *task, op Op, a *result, errno unix.Errno) {
	r.looked = r.looked || a.virtual && op == Open && strings.HasSuffix(a.path, "/status")
	rec := r.record(recordKey{op, a.path, errno, a.node})
	if rec.count == 0 {
		r.noteMoved(t, op, a, errno)
		rec.links, rec.mode, rec.virtual = a.links, a.mode, a.virtual
		rec.pid, rec.program, rec.first = t.proc.pid, t.proc.program, r.order+1
		r.paths.Add(1)
		r.compareNamespaces(a, errno)
	} else if a.sure {
		r.asked[a.question] = a
	}
	a.record = rec
	r.hit(rec)
}

// noteMoved counts the access for the names that what was found had before the
// run moved the directory it lies in.
func (r *recorder) noteMoved(t *task, op Op, a *result, errno unix.Errno) {
	again := func(n *node, op Op) {
		if n.was != "" {
			was := r.keepMoved(a.names, n)
			r.note(t, op, &result{names: a.names, node: was, path: was.path, mode: n.mode}, 0)
		}
	}
	if errno != 0 {
		return
	}
	again(a.node, op)
	for _, l := range a.links {
		again(l, Readlink)
	}
}

// record returns the record of a key. Those of files that were found under
// their own name hang on the file's node, as most do.
func (r *recorder) record(key recordKey) *record {
	if key.errno != 0 || key.path != key.node.path {
		rec := r.records[key]
		if rec == nil {
			rec = &record{recordKey: key}
			r.records[key] = rec
		}
		return rec
	}
	for rec := key.node.records; rec != nil; rec = rec.next {
		if rec.op == key.op {
			return rec
		}
	}
	rec := &record{recordKey: key, next: key.node.records}
	key.node.records = rec
	r.direct = append(r.direct, rec)
	return rec
}

// hit counts an access that is known.
func (r *recorder) hit(rec *record) {
	r.order++
	rec.count++
	rec.last = r.order
}

// remark keeps a fact about the run, once.
func (r *recorder) remark(format string, args ...any) { say(&r.remarks, format, args...) }

// lacks keeps what could not be seen of the run, once.
func (r *recorder) lacks(format string, args ...any) { say(&r.incomplete, format, args...) }

func say(list *[]string, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(*list, text) {
		*list = append(*list, text)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// ended takes the end of a process. Its directory in proc is gone for good.
func (r *recorder) ended(p *process) {
	p.closeMemory()
	if proc := r.host.root.kids["proc"]; proc != nil {
		delete(proc.kids, p.text)
	}
}
