package main

import "sync"

// tailSize is how much a tail keeps at least, and half of what it holds.
const tailSize = 16 << 10

// A tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

// reset forgets what was written.
func (t *tail) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = nil
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(p)
	if len(p) > tailSize {
		p, t.buf = p[len(p)-tailSize:], t.buf[:0]
	}
	if len(t.buf)+len(p) > 2*tailSize {
		keep := t.buf[len(t.buf)-tailSize:]
		t.buf = append(t.buf[:0], keep...)
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

// lines returns the last n lines that hold something.
func (t *tail) lines(n int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	list, _ := lastLines(string(t.buf), n)
	return list
}
