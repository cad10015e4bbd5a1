package elfdeps

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A FormatError reports bytes that are not the ELF they should be.
type FormatError struct {
	Offset int64  // in the file
	Field  string // in the words of elf(5), for example "e_phoff"
	Reason string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("malformed ELF: %s at offset %#x: %s", e.Field, e.Offset, e.Reason)
}

// An image is a file that is read a block at a time. Nothing is allocated by a
// number that the file holds, and the strings of one file have a common budget,
// so that a small malformed file cannot cost much.
type image struct {
	r      io.ReaderAt
	size   int64
	order  binary.ByteOrder
	wide   bool // ELFCLASS64
	blocks [blockCount]block
	next   int   // the block to be reused
	budget int64 // bytes of strings and records that may still be read
}

const (
	blockSize   = 4096
	blockCount  = 4
	imageBudget = 4 << 20
)

type block struct {
	off  int64 // of the first byte, -1 when empty
	data [blockSize]byte
	n    int
}

func newImage(r io.ReaderAt, size int64) *image {
	m := &image{r: r, size: size, budget: imageBudget, order: binary.LittleEndian}
	for i := range m.blocks {
		m.blocks[i].off = -1
	}
	return m
}

// at returns the bytes of the file from off to the end of their block.
func (m *image) at(off int64) ([]byte, error) {
	if off < 0 || off >= m.size {
		return nil, io.ErrUnexpectedEOF
	}
	start := off - off%blockSize
	for i := range m.blocks {
		if b := &m.blocks[i]; b.off == start {
			return rest(b, off)
		}
	}
	b := &m.blocks[m.next]
	m.next = (m.next + 1) % blockCount
	n, err := m.r.ReadAt(b.data[:min(blockSize, m.size-start)], start)
	if err != nil && !errors.Is(err, io.EOF) {
		b.off = -1
		return nil, err
	}
	b.off, b.n = start, n
	return rest(b, off)
}

// rest returns the bytes of b from the file's offset off.
func rest(b *block, off int64) ([]byte, error) {
	i := int(off - b.off)
	if i >= b.n {
		return nil, io.ErrUnexpectedEOF
	}
	return b.data[i:b.n], nil
}

// read fills buf from off.
func (m *image) read(buf []byte, off int64, field string) error {
	for at := off; len(buf) > 0; {
		b, err := m.at(at)
		if err != nil {
			return m.fail(off, field, err)
		}
		n := copy(buf, b)
		buf, at = buf[n:], at+int64(n)
	}
	return nil
}

// fail words a failed read: past the end the file is malformed, else the
// reader's own error counts.
func (m *image) fail(off int64, field string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{off, field, "lies beyond the end of the file"}
	}
	return fmt.Errorf("read %s: %w", field, err)
}

// spend takes n bytes from the budget.
func (m *image) spend(n int64, off int64, field string) error {
	if m.budget -= n; m.budget < 0 {
		return &FormatError{off, field, fmt.Sprintf("more than %d bytes of names and records", imageBudget)}
	}
	return nil
}

// cstring returns the bytes from off to the next NUL.
func (m *image) cstring(off int64, field string) (string, error) {
	var s []byte
	for at := off; ; {
		b, err := m.at(at)
		if err != nil {
			return "", m.fail(off, field, err)
		}
		end := bytes.IndexByte(b, 0)
		part := b
		if end >= 0 {
			part = b[:end]
		}
		if err := m.spend(int64(len(part))+1, off, field); err != nil {
			return "", err
		}
		if s = append(s, part...); end >= 0 {
			return string(s), nil
		}
		at += int64(len(part))
	}
}

// word decodes an address-sized number of the file's class.
func (m *image) word(b []byte) uint64 {
	if m.wide {
		return m.order.Uint64(b)
	}
	return uint64(m.order.Uint32(b))
}

// wordSize returns the bytes of an address-sized number.
func (m *image) wordSize() int {
	if m.wide {
		return 8
	}
	return 4
}
