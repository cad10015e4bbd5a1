package tester

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Between two looks at what is left of a process tree.
const treePause = 5 * time.Millisecond

// endTree kills all descendants of this process until none is left, which the
// closing of none tells. They are stopped before they are killed, since what
// forks for ever is otherwise always one ahead.
func endTree(none <-chan struct{}) {
	for {
		var stopped []int
		for {
			more := descendants(os.Getpid(), stopped)
			if len(more) == 0 {
				break
			}
			signalAll(more, unix.SIGSTOP)
			stopped = append(stopped, more...)
		}
		signalAll(stopped, unix.SIGKILL)
		select {
		case <-none:
			return
		case <-time.After(treePause):
		}
	}
}

func signalAll(pids []int, s unix.Signal) {
	for _, pid := range pids {
		unix.Kill(pid, s)
	}
}

// descendants returns the processes below pid that are not known and not dead.
func descendants(pid int, known []int) []int {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent, alive := parentOf(child); alive {
			children[parent] = append(children[parent], child)
		}
	}
	var list []int
	for queue := children[pid]; len(queue) > 0; queue = queue[1:] {
		if !slices.Contains(known, queue[0]) {
			list = append(list, queue[0])
		}
		queue = append(queue, children[queue[0]]...)
	}
	return list
}

// parentOf reads a process's parent. One that waits only to be reaped is not
// alive (proc_pid_stat(5)).
func parentOf(pid int) (parent int, alive bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// The name, in brackets, may hold anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return parent, err == nil && fields[0][0] != 'Z' && fields[0][0] != 'X'
}
