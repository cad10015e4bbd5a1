// Package upx packs executables with the upx program, and weighs what that is
// good for.
//
// upx is made to write to another file and leaves its input alone. Its exit
// status does not tell a file that it declines from a failure: one that is too
// small ends with status 1 as a wrong option does. So the line that it prints
// about the file decides.
package upx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A Command is how upx is called.
type Command struct {
	Path string   // of upx
	Args []string // options before the file's name
}

// A RefusedError reports a file that upx declines to pack.
type RefusedError struct {
	Reason string // in upx's words
}

func (e *RefusedError) Error() string { return "upx does not pack it: " + e.Reason }

// A FailedError reports an upx that failed.
type FailedError struct {
	Cause error
	Lines []string // the last ones that upx printed
}

func (e *FailedError) Error() string { return fmt.Sprintf("run upx: %v", e.Cause) }

// Unwrap returns the cause.
func (e *FailedError) Unwrap() error { return e.Cause }

// Pack writes file, packed, to out, which must not be there. Errors are a
// [*RefusedError] or a [*FailedError].
func (c *Command) Pack(ctx context.Context, file, out string) error {
	args := append([]string{"--no-progress"}, c.Args...)
	cmd := exec.CommandContext(ctx, c.Path, append(args, "-o", out, "--", file)...)
	text, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil && refusal(text) != "":
		return &RefusedError{refusal(text)}
	case err != nil:
		return &FailedError{err, lastLines(text, 5)}
	}
	if _, err := os.Stat(out); errors.Is(err, os.ErrNotExist) {
		return &FailedError{errors.New("it wrote no file"), lastLines(text, 5)}
	}
	return nil
}

// skipped stands behind upx's reason for leaving a file as it is.
const skipped = " -- skipped"

// refusals are the other ways in which upx says so (src/except.h of upx).
var refusals = []struct{ exception, words string }{
	{"AlreadyPackedException", "it is packed already"},
	{"NotCompressibleException", "it would not get smaller"},
	{"CantPackException", "it cannot be packed"},
	{"UnknownExecutableFormatException", "it is no kind of executable that upx knows"},
}

// refusal returns upx's reason for leaving the file as it is, "" when it had
// none. Its line is "upx: FILE: REASON", with or without an explanation.
func refusal(text []byte) string {
	for line := range strings.SplitSeq(string(text), "\n") {
		if !strings.HasPrefix(line, "upx: ") {
			continue
		}
		if before, _, found := strings.Cut(line, skipped); found {
			return before[strings.LastIndex(before, ": ")+2:]
		}
		for _, r := range refusals {
			if _, after, found := strings.Cut(line, r.exception); found && after != "" {
				return r.words + " (" + strings.TrimPrefix(after, ": ") + ")"
			} else if found {
				return r.words
			}
		}
	}
	return ""
}

// lastLines returns the last n lines of text that are not empty.
func lastLines(text []byte, n int) []string {
	var lines []string
	for line := range bytes.SplitSeq(text, []byte("\n")) {
		if line = bytes.TrimRight(line, " \r"); len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines[max(0, len(lines)-n):]
}
