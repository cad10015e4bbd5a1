package tester

import "sync"

// An Output keeps the beginning and the end of what is written to it. It takes
// everything, so that no writer ever waits.
type Output struct {
	mu    sync.Mutex
	head  []byte
	tail  []byte // of what goes beyond head
	total int64
}

// What is kept of an output.
const (
	headSize = 4 << 20
	tailSize = 64 << 10
)

// Write implements [io.Writer].
func (o *Output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.total += int64(len(p))
	n := min(len(p), headSize-len(o.head))
	o.head = append(o.head, p[:n]...)
	o.tail = append(o.tail, p[n:]...)
	if over := len(o.tail) - tailSize; over > tailSize {
		o.tail = append([]byte(nil), o.tail[over:]...)
	}
	return len(p), nil
}

// Bytes returns all that was written. whole is false where something between
// the beginning and the end was not kept.
func (o *Output) Bytes() (b []byte, whole bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b = append(append([]byte(nil), o.head...), o.tail...)
	return b, int64(len(b)) == o.total
}
