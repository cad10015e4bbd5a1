package dlinfo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// limit ends a helper whose libraries' constructors do not, and maxOutput
// bounds what one may tell.
const (
	limit     = 30 * time.Second
	maxOutput = 16 << 20
)

// askHelper makes a helper for q and asks it.
func (a *Asker) askHelper(ctx context.Context, q Question) (*Answer, error) {
	k, err := a.kitFor(ctx, q)
	if err != nil {
		return nil, err
	}
	names := q.names()
	group, linked := "", names
	if !a.NoLoad {
		if group, err = k.group(ctx, q, names); err != nil {
			return nil, err
		}
		linked = nil
	}
	helper, err := k.link(ctx, q, linked)
	if err != nil {
		return nil, err
	}
	out, err := a.run(ctx, q, append([]string{helper, group}, names...))
	answer := a.parse(out, group, names)
	if len(out) == 0 {
		return nil, &RunError{q.Path, fmt.Sprintf("the helper tells nothing: %v", err)}
	}
	for _, name := range names {
		if answer.Found[name] == "" && answer.Failed[name] == "" {
			answer.Failed[name] = fmt.Sprintf("the helper ended before: %v", err)
		}
	}
	return answer, nil
}

// run starts a helper and returns what it told on descriptor 3. The error says
// how it ended when not well.
func (a *Asker) run(ctx context.Context, q Question, args []string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd := a.command(ctx, q, args)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, err
	}
	// A child that a constructor left behind must not keep the pipe open.
	timer := time.AfterFunc(limit, func() { r.Close() })
	out, _ := io.ReadAll(io.LimitReader(r, maxOutput))
	timer.Stop()
	if err := cmd.Wait(); err != nil {
		last := strings.TrimSpace(stderr.String())
		return out, fmt.Errorf("%w %s", err, last[strings.LastIndexByte(last, '\n')+1:])
	}
	return out, nil
}

// command prepares a process that the loader of q starts, in a process group of
// its own, with the environment but for what changes the loader's search.
func (a *Asker) command(ctx context.Context, q Question, args []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = a.Cwd
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "LD_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	if a.LibraryPath != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+q.expand(a.LibraryPath))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// parse reads a helper's records, as far as they are whole.
func (a *Asker) parse(out []byte, group string, names []string) *Answer {
	answer := &Answer{Found: map[string]string{}, Failed: map[string]string{}}
	for len(out) > 0 {
		fields := bytes.SplitN(out[1:], []byte{0}, 3)
		if len(fields) < 3 {
			break
		}
		name, value := string(fields[0]), string(fields[1])
		switch out[0] {
		case 'F':
			answer.found(name, a.absolute(value), names)
		case 'E':
			if slices.Contains(names, name) {
				answer.Failed[name] = value
			}
		case 'O':
			answer.Own = append(answer.Own, a.absolute(value))
		case 'M':
			if path := a.absolute(value); path != group && !slices.Contains(answer.Mapped, path) {
				answer.Mapped = append(answer.Mapped, path)
			}
		}
		out = fields[2]
	}
	return answer
}

// found notes the path that serves name, if it is one that was asked for.
func (a *Answer) found(name, path string, names []string) {
	if slices.Contains(names, name) {
		a.Found[name] = path
	}
	if !slices.Contains(a.Mapped, path) && slices.Contains(names, name) {
		a.Mapped = append(a.Mapped, path)
	}
}

func (a *Asker) absolute(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return strings.TrimSuffix(a.Cwd, "/") + "/" + path
}

// listed is a line of the loader's list of what it maps.
var listed = regexp.MustCompile(`^\s*(?:(.*) => )?(.*) \(0x[0-9a-f]+\)$`)

// trace asks the loader for the list of what it would map.
func (a *Asker) trace(ctx context.Context, q Question) (*Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := []string{q.Loader, q.Path}
	if q.Musl {
		args = []string{q.Loader, "--list", q.Path}
	}
	cmd := a.command(ctx, q, args)
	cmd.Env = append(cmd.Env, "LD_TRACE_LOADED_OBJECTS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	answer := &Answer{Found: map[string]string{}, Failed: map[string]string{}}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutSuffix(strings.TrimSpace(line), " => not found"); ok {
			answer.Failed[name] = "not found"
		} else if m := listed.FindStringSubmatch(line); m != nil && strings.Contains(m[2], "/") {
			path := a.absolute(m[2])
			answer.Found[m[1]] = path
			answer.Mapped = append(answer.Mapped, path)
		}
	}
	if len(answer.Mapped) == 0 && len(answer.Failed) == 0 && err != nil {
		if !errors.As(err, new(*exec.ExitError)) {
			return nil, &RunError{q.Path, err.Error()}
		}
		return nil, &RunError{q.Path, strings.TrimSpace(stderr.String())}
	}
	return answer, nil
}
