package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// A progressWay is how progress is shown: in one line of a terminal that goes
// away at the end, or in lines that stay.
type progressWay struct {
	line  bool
	after time.Duration // what is shorter shows nothing; 0 for no progress at all
	every time.Duration
}

var (
	onTerminal = progressWay{line: true, after: time.Second, every: 100 * time.Millisecond}
	inLines    = progressWay{after: time.Second, every: 10 * time.Second}
	// signsOfLife keep who reads a build's log from thinking that it hangs.
	signsOfLife = progressWay{after: 10 * time.Second, every: 10 * time.Second}
	noProgress  = progressWay{}
)

var progressNames = []string{"auto", "tty", "plain", "none"}

// shownProgress is the way that --progress chose.
var shownProgress progressWay

// setupProgress chooses the way.
func setupProgress(name string) {
	ways := map[string]progressWay{"auto": signsOfLife, "tty": onTerminal, "plain": inLines, "none": noProgress}
	if shownProgress = ways[name]; name == "auto" && term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb" {
		shownProgress = onTerminal
	}
}

// A progress tells what is going on as long as it takes.
type progress struct {
	way   progressWay
	outer *progress // of the stage that this one is a part of; it is silent meanwhile
	mu    sync.Mutex
	text  string
	stop  chan struct{}
	done  chan struct{}
}

// startProgress shows text from now on, until another one replaces it.
func startProgress(text string) *progress {
	p := &progress{way: shownProgress, text: text, stop: make(chan struct{}), done: make(chan struct{})}
	p.outer = messages.begin(p)
	go p.show()
	return p
}

// set replaces the text.
func (p *progress) set(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = fmt.Sprintf(format, args...)
}

// show shows the text now and then until the end.
func (p *progress) show() {
	defer close(p.done)
	if p.way.after == 0 {
		return
	}
	timer := time.NewTimer(p.way.after)
	defer timer.Stop()
	for {
		select {
		case <-p.stop:
			messages.erase()
			return
		case <-timer.C:
			p.mu.Lock()
			text := p.text
			p.mu.Unlock()
			messages.progress(p, text)
			timer.Reset(p.way.every)
		}
	}
}

// end takes the line away.
func (p *progress) end() {
	close(p.stop)
	<-p.done
	messages.begin(p.outer)
}

// wrote shows that done of total bytes are written.
func (p *progress) wrote(done, total int64) {
	p.set("writing: %s of %s", byteText(done), byteText(total))
}

// observed shows what a program looked at so far.
func (p *progress) observed(paths, processes int) {
	p.set("observing: %d files, %d processes", paths, processes)
}

// startObserving shows the progress of an observed run, as long as the program
// itself writes nothing to the terminal.
func startObserving(programWrites bool) *progress {
	if programWrites {
		defer func(way progressWay) { shownProgress = way }(shownProgress)
		shownProgress = noProgress
	}
	return startProgress("observing")
}

// messages is standard error, with the line that shows progress at its end.
var messages = &screen{file: os.Stderr}

// A screen keeps the line that shows progress below what else is written.
type screen struct {
	mu    sync.Mutex
	file  *os.File
	inner *progress // the one that may write
	shown bool      // progress stands in the last line
}

const eraseLine = "\r\x1b[K"

// Write writes above the progress, which comes back by itself.
func (s *screen) Write(b []byte) (int, error) {
	s.erase()
	return s.file.Write(b)
}

func (s *screen) erase() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shown {
		s.file.WriteString(eraseLine)
		s.shown = false
	}
}

// begin makes p the progress that may write, and returns the one that did.
func (s *screen) begin(p *progress) (outer *progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	outer, s.inner = s.inner, p
	return outer
}

// progress writes text of p into the last line, cut to the terminal's width, or
// as a line of its own.
func (s *screen) progress(p *progress, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p != s.inner {
		return
	}
	if !p.way.line {
		s.file.WriteString(text + "\n")
		return
	}
	if width, _, err := term.GetSize(int(s.file.Fd())); err == nil && width > 0 && len(text) >= width {
		text = text[:width-1]
	}
	s.file.WriteString(eraseLine + text)
	s.shown = true
}

// byteText words a number of bytes in decimal units.
func byteText(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d bytes", n)
}
