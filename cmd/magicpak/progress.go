package main

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/term"
)

const (
	progressAfter = time.Second // shorter copies show nothing
	progressEvery = 100 * time.Millisecond
)

// A progress is one line on a terminal. Elsewhere it is silent.
type progress struct {
	silent bool
	next   time.Time
	shown  bool
}

func startProgress() *progress {
	return &progress{silent: !term.IsTerminal(int(os.Stderr.Fd())), next: time.Now().Add(progressAfter)}
}

// update shows that done of total bytes are written, now and then.
func (p *progress) update(done, total int64) {
	p.show(fmt.Sprintf("writing: %s of %s", byteText(done), byteText(total)))
}

// show puts text in place of the line, unless it did a moment ago.
func (p *progress) show(text string) {
	now := time.Now()
	if p.silent || now.Before(p.next) {
		return
	}
	p.next, p.shown = now.Add(progressEvery), true
	fmt.Fprint(os.Stderr, "\r\x1b[K"+text)
}

// end takes the line away.
func (p *progress) end() {
	if p.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
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

// A runProgress is one line on a terminal that counts what an observed program
// touches, as long as the program itself writes nothing there.
type runProgress struct{ progress }

func startRunProgress(programWrites bool) *runProgress {
	p := &runProgress{*startProgress()}
	p.silent = p.silent || programWrites
	return p
}

// update shows the numbers, now and then.
func (p *runProgress) update(paths, processes int) {
	p.show(fmt.Sprintf("observing: %d files, %d processes", paths, processes))
}
