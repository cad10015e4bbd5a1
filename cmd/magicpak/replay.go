package main

import (
	"fmt"
	"strings"
)

// replay makes t, which starts the program, do in the bundle what the run did
// here. It must end with the same status and print the same to standard output.
func (j *job) replay(t *trial) error {
	if j.ended.Stopped {
		return &usageError{fmt.Sprintf("--test: %s was stopped, so its end cannot be compared", commandText(&j.ended)), replayHint}
	}
	p := *t.testPlan
	p.exitCode, p.stdin, p.env = j.ended.Status, j.stdin, append(append([]string(nil), j.env...), p.env...)
	if p.stdout == nil {
		p.stdout = j.printed()
	}
	if len(j.commands) > 0 {
		p.command = &j.command.Args[2] // of sh -c
	} else {
		t.args = append([]string{t.program}, j.args...)
	}
	t.testPlan, t.workdir, t.replays = &p, j.workdir(), true
	return nil
}

// printed returns what the run wrote to standard output, nil where that was too
// much to be kept.
func (j *job) printed() *string {
	out, whole := j.stdout.Bytes()
	if !whole {
		return nil
	}
	text := strings.TrimSpace(string(out))
	return &text
}

// workdir returns where the run was, which is where relative names lead from.
func (j *job) workdir() string {
	if j.dir != "" {
		return j.dir
	}
	dir, err := absolute(".")
	if err != nil {
		return ""
	}
	return dir
}
