package tracer

import (
	"context"
	"errors"
	"fmt"

	"magicpak/bpf"
)

// The sizes of the probe's ring buffer, in bytes: the second one for a run that
// was too fast for the first.
var rings = []int{16 << 20, 128 << 20}

// runProbed runs c with a BPF probe, which sees what programs look at, and a
// seccomp filter that notifies of what they change.
func runProbed(ctx context.Context, c Command, o Options) (*Profile, error) {
	for i, ring := range rings {
		s := newSession(c, o)
		p, err := s.probed(ctx, ring)
		var lost *lostError
		switch {
		case !errors.As(err, &lost):
			return p, err
		case i < len(rings)-1:
			if err := c.rewind(); err != nil {
				return nil, err
			}
			if o.Again != nil {
				o.Again()
			}
			continue
		}
		s.rec.lacks("%s.", lost.what)
		return s.profile(backendProbe), nil
	}
	panic("not reached")
}

const backendProbe = "ebpf"

// probed runs the session's command once.
func (s *session) probed(ctx context.Context, ring int) (*Profile, error) {
	probe, err := openProbe(ring, (*call).spec)
	if err != nil {
		return nil, err
	}
	defer probe.Close()
	s.probe = probe
	// The probe does not tell how tasks move, so what is notified is looked up
	// from where its task stands then.
	s.rec.moved = true
	s.rec.unstable = 1
	p, err := s.kept(ctx, false, backendProbe)
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

// observe lets the probe follow the first process and that go on.
func (s *session) observe(k keeping, first int) (*observer, error) {
	if err := s.probe.Follow(first); err != nil {
		return nil, err
	}
	if _, err := k.socket.Write([]byte{1}); err != nil {
		return nil, fmt.Errorf("let the tracee go on: %w", err)
	}
	return &observer{r: s.rec, probe: s.probe, procs: map[int]*process{}}, nil
}
