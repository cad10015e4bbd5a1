package tracer

import (
	"context"
	"errors"
	"fmt"

	"magicpak/bpf"
)

// smallRing is the size of the probe's ring buffer, in bytes. Tests have it
// smaller.
var smallRing = 16 << 20

// largeRing is the size for a run that was too fast for the small one.
func largeRing() int { return 8 * smallRing }

const backendProbe = "ebpf"

// runProbed runs c with a BPF probe, which sees what programs look at, and under
// ptrace, with a filter that stops them only before what they change.
func runProbed(ctx context.Context, c Command, o Options) (*Profile, error) {
	p, err := tryProbed(ctx, c, o, !c.rereadable())
	var lost *lostError
	if !errors.As(err, &lost) {
		return p, err
	}
	if err := c.rewind(); err != nil {
		return nil, err
	}
	if o.Again != nil {
		o.Again()
	}
	return tryProbed(ctx, c, o, true)
}

// tryProbed runs c once. A loss is a [*lostError], but said in the profile of the
// last try.
func tryProbed(ctx context.Context, c Command, o Options, last bool) (*Profile, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if losesByFilter(c) {
		return nil, fmt.Errorf("%w: a filter would take the privileges of %s", ErrNotSupported, c.Path)
	}
	defer hold(&surroundings)()
	ring := smallRing
	if last {
		ring = largeRing()
	}
	probe, err := openProbe(ring, (*call).spec)
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	s := newSession(c, o)
	s.probe, s.last = probe, last
	// The probe does not tell how tasks move, so what they change is looked up
	// from where they stand then.
	s.rec.moved = true
	s.rec.unstable = 1
	p, err := s.run(ctx, filterAlterations)
	if errors.Is(err, errNoFilter) {
		err = fmt.Errorf("%w: %w", ErrNotSupported, err)
	}
	return p, err
}

func openProbe(ring int, of func(*call) (bpf.Spec, bool)) (*bpf.Probe, error) {
	o := bpf.Options{Ring: ring, Native: specs(abis[0], of)}
	for _, a := range abis {
		if a.words == 4 && a.bit == 0 {
			o.Compat = specs(a, of)
		}
	}
	probe, err := bpf.Open(o)
	if errors.Is(err, bpf.ErrNotSupported) {
		err = fmt.Errorf("%w: %w", ErrNotSupported, err)
	}
	return probe, err
}

// observe seizes the first process and lets the probe follow it.
func (s *session) observe(p *ptracer, pid int) error {
	p.probed = &observer{r: s.rec, probe: s.probe, procs: map[int]*process{}, last: s.last}
	if err := p.seize(pid); err != nil {
		return err
	}
	p.tasks[pid].started = true // the filter does not stop at the execution
	return s.probe.Follow(pid)
}
