package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"magicpak/bundler"
	"magicpak/tracer"
)

// An unobservedError reports that a run could not be observed, or not
// completely, where that was required. It ends with status 3.
type unobservedError struct{ reason string }

func (e *unobservedError) Error() string { return e.reason }

// observe adds what programs look at while they run: in the runs that
// --dynamic asks for, and in those that --profile names.
func (b *bundling) observe() error {
	recorded, err := readProfiles(b.profiles)
	if err == nil {
		err = b.judge(recorded)
	}
	if err != nil {
		return err
	}
	if b.dynamic == nil {
		return b.addProfiles(nil, recorded)
	}
	runs, err := b.record()
	if err != nil {
		return err
	}
	return b.addProfiles(runs, recorded)
}

// record runs what --dynamic asks for. It returns nothing where nothing can be
// observed and the bundle does without.
func (b *bundling) record() ([]*tracer.Profile, error) {
	if b.dynamic.tracer == tracerOff {
		slog.Warn("--tracer off: nothing is run, and only static analysis finds files")
		return nil, nil
	}
	scratch, err := b.scratchDir("before-*")
	if err != nil {
		return nil, err
	}
	jobs, err := b.jobs(scratch)
	if err != nil {
		return nil, err
	}
	var runs []*tracer.Profile
	for i := range jobs {
		p, err := jobs[i].run(b.ctx)
		if errors.Is(err, tracer.ErrNotSupported) {
			return nil, b.unobserved(err)
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, b.withoutShell(p))
		jobs[i].ended = p.Runs[0]
		b.observed = append(b.observed, jobs[i])
	}
	if err := b.judge(runs); err != nil {
		return nil, err
	}
	return runs, b.keepProfile(runs)
}

// unobserved goes on without a run, or refuses to.
func (b *bundling) unobserved(err error) error {
	if b.dynamic.require {
		return &unobservedError{err.Error()}
	}
	b.remark("--dynamic", err.Error()+": nothing was run, and the files that programs open themselves are not in the bundle")
	slog.Log(b.ctx, levelHint, unobservedHint)
	return nil
}

const unobservedHint = `"magicpak doctor" says what this machine lacks; a run recorded elsewhere with "magicpak trace -o FILE" serves with --profile FILE`

// judge tells what was odd about runs, and refuses those that could not be seen
// completely, where that is required.
func (b *bundling) judge(runs []*tracer.Profile) error {
	require := b.dynamic != nil && b.dynamic.require
	var lacks []string
	for _, p := range runs {
		for i := range p.Runs {
			r := &p.Runs[i]
			for _, text := range r.Incomplete {
				lacks = append(lacks, commandText(r)+": not all was seen: "+text)
				if !require {
					b.remark(commandText(r), "not all was seen: "+text)
				}
			}
			for _, text := range r.Remarks {
				slog.Info(commandText(r) + ": " + text)
			}
		}
	}
	if require && len(lacks) > 0 {
		return &unobservedError{strings.Join(lacks, "; ")}
	}
	return nil
}

// remark warns, and puts the warning into the manifest.
func (b *bundling) remark(subject, reason string) {
	n := bundler.Note{Path: subject, Reason: reason}
	b.manifest.AddNote(n)
	b.warnOnce(n.String())
}

// maxCommandText bounds a command in messages and in the manifest.
const maxCommandText = 200

// commandText returns the command of a run as a shell would read it.
func commandText(r *tracer.Recording) string {
	words := make([]string, len(r.Command))
	for i, w := range r.Command {
		words[i] = shellQuote(string(w))
	}
	text := strings.Join(words, " ")
	if len(text) > maxCommandText {
		text = text[:maxCommandText] + "…"
	}
	return text
}

// shellQuote returns s as one word of the shell.
func shellQuote(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// keepProfile writes what --profile-out asks for.
func (b *bundling) keepProfile(runs []*tracer.Profile) error {
	if b.dynamic.profileOut == "" {
		return nil
	}
	return writeProfile(b.dynamic.profileOut, tracer.Merge(runs...))
}

func writeProfile(name string, p *tracer.Profile) error {
	var text bytes.Buffer
	if err := p.Encode(&text); err != nil {
		return err
	}
	s, err := stageFile("profile", name, text.Bytes())
	if err != nil {
		return err
	}
	defer s.discard()
	return s.commit()
}

// readProfiles reads the files of --profile.
func readProfiles(files []string) ([]*tracer.Profile, error) {
	var list []*tracer.Profile
	for _, name := range files {
		p, err := readProfile(name)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func readProfile(name string) (*tracer.Profile, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	defer f.Close()
	p, err := tracer.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}
