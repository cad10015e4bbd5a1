package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"os"
	"strings"

	"magicpak/bundler"
	"magicpak/tracer"
)

// reportPage is one page that needs nothing else: no script, no other file.
//
//go:embed report.html
var reportPage string

// A reportData is what the page shows. Names of files, which are bytes, are
// escaped as in messages.
type reportData struct {
	Title   string
	Version string
	Command string
	Entries int
	Bytes   string
	Shares  []reportShare
	Largest []reportEntry
	Look    []string
	Notes   []string
	Runs    []reportRun
	Files   []reportEntry
}

type reportShare struct {
	What  string
	Files int
	Bytes string
	Part  int64 // percent of the bundle's bytes
}

type reportEntry struct {
	Path    string
	Size    string // "" for what has none
	Sort    string // file, folder, link, ...
	Reason  string
	Chain   string
	Reasons []string // all of them
	Mode    string
	Owner   string
	Target  string // of a link
	Source  string // where it differs from Path
}

type reportRun struct {
	Command  string
	Facts    []string
	Complete bool
}

// stageReport writes the page beside the place that --report names.
func (b *bundling) stageReport() (*stagedFile, error) {
	if b.page == "" {
		return &stagedFile{}, nil
	}
	d := newReport(b.manifest)
	d.Title = "magicpak: " + printable(b.output)
	words := append([]string{"magicpak"}, os.Args[1:]...)
	for i, w := range words {
		words[i] = shellQuote(w)
	}
	d.Command = printable(strings.Join(words, " "))
	for i := range b.recordings {
		d.Runs = append(d.Runs, newReportRun(&b.recordings[i]))
	}
	page, err := renderReport(d)
	if err != nil {
		return nil, err
	}
	return stageFile("report", b.page, page)
}

// renderReport writes the page.
func renderReport(d *reportData) ([]byte, error) {
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, d); err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	return out.Bytes(), nil
}

// newReport gathers what the page shows of a manifest.
func newReport(m *bundler.Manifest) *reportData {
	s := summarize(m)
	d := &reportData{Version: version, Entries: s.files, Bytes: byteText(s.bytes)}
	for _, sh := range s.shares {
		d.Shares = append(d.Shares, reportShare{printable(sh.what), sh.files, byteText(sh.bytes), sh.bytes * 100 / max(s.bytes, 1)})
	}
	for _, e := range s.largest {
		d.Largest = append(d.Largest, newReportEntry(m, e))
	}
	for _, l := range s.look {
		d.Look = append(d.Look, printable(l))
	}
	for _, n := range m.Notes() {
		d.Notes = append(d.Notes, printable(n.String()))
	}
	for e := range m.Entries() {
		d.Files = append(d.Files, newReportEntry(m, e))
	}
	return d
}

func newReportEntry(m *bundler.Manifest, e *bundler.Entry) reportEntry {
	r := reportEntry{
		Path: printable(e.Path), Sort: sortOf(e), Target: printable(e.Target),
		Reason: printable(reason(e.Origins[0])), Chain: printable(chainText(m, m.Why(e.Path))),
		Mode: fmt.Sprintf("%04o", e.Stat.Mode&0o7777), Owner: fmt.Sprintf("%d:%d", e.Stat.Uid, e.Stat.Gid),
	}
	if e.IsFile() {
		r.Size = byteText(e.Stat.Size)
	}
	if e.Source != "" && e.Source != e.Path {
		r.Source = printable(e.Source)
	}
	for _, o := range e.Origins {
		r.Reasons = append(r.Reasons, printable(reason(o)))
	}
	return r
}

func newReportRun(r *tracer.Recording) reportRun {
	run := reportRun{Command: printable(commandText(r)), Complete: len(r.Incomplete) == 0}
	how := "observed with " + r.Backend + ", " + statusText(r.Status)
	if r.Stopped {
		how = "observed with " + r.Backend + ", stopped by magicpak"
	}
	run.Facts = append(run.Facts, how, "in "+printable(string(r.Dir)))
	for _, text := range r.Incomplete {
		run.Facts = append(run.Facts, "not all was seen: "+printable(text))
	}
	for _, text := range r.Remarks {
		run.Facts = append(run.Facts, printable(text))
	}
	return run
}

// sortOf words the type of an entry.
func sortOf(e *bundler.Entry) string {
	switch {
	case e.IsFile():
		return "file"
	case e.IsDir():
		return "folder"
	case e.IsLink():
		return "link"
	}
	return "special file"
}
