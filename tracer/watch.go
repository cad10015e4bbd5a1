package tracer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// Targets are what [Watch] observes: processes that run already.
type Targets struct {
	PIDs []int
	// CGroups are directories below where cgroups are mounted, usually
	// /sys/fs/cgroup. What joins them later is observed from then on.
	CGroups []string
}

// joinEvery is how often it is looked who has joined a cgroup.
const joinEvery = 100 * time.Millisecond

// Watch observes targets and what they start, by a BPF probe, until they have
// all ended or the options or ctx stop it. What they had open before is not
// seen. Nothing holds them when they change files, so that the earlier state is
// lost and the profile says so. The error is [ErrNotSupported], wrapped with the
// reason, where no probe can be loaded.
func Watch(ctx context.Context, targets Targets, o Options) (*Profile, error) {
	probe, err := openProbe(largeRing(), (*call).anySpec)
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	w := &watcher{
		targets: targets, followed: map[int]bool{}, since: time.Now(),
		observer: observer{r: newRecorder(o.Scratch), probe: probe, procs: map[int]*process{}, started: true, last: true},
	}
	w.changed = w.alteration
	if err := w.follow(); err != nil {
		return nil, err
	}
	run := w.recording()
	run.Stopped, err = w.observe(ctx, o)
	if err != nil {
		return nil, err
	}
	p := w.r.profile()
	run.Incomplete, run.Remarks = w.r.incomplete, w.r.remarks
	p.Runs = []Recording{run}
	return p, nil
}

// A watcher observes processes that it did not start.
type watcher struct {
	observer
	targets  Targets
	followed map[int]bool // tasks
	since    time.Time
}

// observe takes what the probe sees until nothing is left or wanted, and tells
// whether the targets go on.
func (w *watcher) observe(ctx context.Context, o Options) (goOn bool, err error) {
	s := &session{options: o, rec: w.r, tree: newTree(), over: make(chan struct{})}
	stop := make(chan struct{})
	s.watched.Go(func() {
		if s.stopWanted(ctx) {
			close(stop)
		}
	})
	if o.Progress != nil {
		s.watched.Go(s.progress)
	}
	for err == nil && !goOn && w.anyLives() {
		goOn = waitFor(stop, joinEvery)
		err = errors.Join(w.read(), w.follow())
	}
	close(s.over)
	s.watched.Wait()
	if err == nil {
		w.ended = true // whoever goes on is not waited for
		err = w.finish()
	}
	return goOn, err
}

// follow lets the probe follow the targets' tasks that it does not follow yet.
// A task that one of them starts meanwhile is found by the next look, unless the
// probe follows it from its start.
func (w *watcher) follow() error {
	for found := true; found; {
		found = false
		tasks, err := w.targets.tasks()
		if err != nil {
			return err
		}
		for _, tid := range tasks {
			if w.followed[tid] {
				continue
			}
			w.followed[tid], found = true, true
			if err := w.probe.Follow(tid); err != nil && lives(tid) {
				return err
			}
		}
	}
	return nil
}

func (w *watcher) anyLives() bool {
	for tid := range w.followed {
		if lives(tid) {
			return true
		}
		delete(w.followed, tid)
	}
	return false
}

func lives(pid int) bool {
	_, ok := relativeOf(pid)
	return ok
}

// tasks returns the threads of the targets and of their descendants.
func (t Targets) tasks() ([]int, error) {
	pids := slices.Clone(t.PIDs)
	for _, pid := range t.PIDs {
		pids = append(pids, descendants(pid)...)
	}
	for _, dir := range t.CGroups {
		members, err := cgroupMembers(dir)
		if err != nil {
			return nil, err
		}
		pids = append(pids, members...)
	}
	var tids []int
	for _, pid := range pids {
		tids = append(tids, numbersIn("/proc/"+strconv.Itoa(pid)+"/task")...)
	}
	return tids, nil
}

// cgroupMembers returns the processes in a cgroup and those below it.
func cgroupMembers(dir string) (pids []int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		list, err := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		if err != nil {
			return err
		}
		for field := range strings.FieldsSeq(string(list)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read cgroup: %w", err)
	}
	return pids, nil
}

// numbersIn returns the names in a directory that are numbers.
func numbersIn(dir string) []int {
	entries, _ := os.ReadDir(dir)
	var list []int
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			list = append(list, n)
		}
	}
	return list
}

// recording says what is observed, by the first target.
func (w *watcher) recording() Recording {
	run := Recording{Backend: backendProbe}
	for tid := range w.followed {
		exe, _ := readlink("/proc/" + strconv.Itoa(tid) + "/exe")
		w.process(tid).program = exe
	}
	first := append(slices.Clone(w.targets.PIDs), slices.Sorted(maps.Keys(w.followed))...)
	if len(first) == 0 {
		return run
	}
	proc := "/proc/" + strconv.Itoa(first[0])
	line, _ := os.ReadFile(proc + "/cmdline")
	for arg := range bytes.SplitSeq(bytes.TrimSuffix(line, []byte{0}), []byte{0}) {
		run.Command = append(run.Command, rootfs.ByteName(arg))
	}
	dir, _ := readlink(proc + "/cwd")
	run.Dir = rootfs.ByteName(dir)
	return run
}

// alteration records a call that changed something, or failed to. It is known
// only afterwards.
func (w *watcher) alteration(c *call, a *result, op Op, errno unix.Errno) {
	if errno != 0 || a.virtual || a.node.before != nil {
		return
	}
	if op == Create || w.born(a) {
		a.names.created(a.node)
		return
	}
	a.names.keep(a.node, &Before{
		Path: rootfs.ByteName(a.node.path),
		Lost: "it was changed by a program that was running already (" + c.name + ")",
	})
}

// born tells whether what is at a name now was made since the watch began.
func (w *watcher) born(a *result) bool {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, a.names.host(a.node), unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BTIME, &st)
	return err == nil && st.Mask&unix.STATX_BTIME != 0 &&
		time.Unix(st.Btime.Sec, int64(st.Btime.Nsec)).After(w.since)
}
