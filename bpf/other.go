//go:build !linux || (!amd64 && !arm64)

package bpf

import "time"

// A Probe is in the kernel until it is closed.
type Probe struct{ Blind []string }

// Open returns [ErrNotSupported].
func Open(Options) (*Probe, error) { return nil, ErrNotSupported }

// Follow returns [ErrNotSupported].
func (p *Probe) Follow(int) error { return ErrNotSupported }

// Read returns [ErrNotSupported].
func (p *Probe) Read(time.Time) (*Event, error) { return nil, ErrNotSupported }

// Lost returns [ErrNotSupported].
func (p *Probe) Lost() (Lost, error) { return Lost{}, ErrNotSupported }

// Close does nothing.
func (p *Probe) Close() error { return nil }
