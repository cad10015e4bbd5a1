//go:build linux && (amd64 || arm64)

package bpf

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"
)

// A Probe is in the kernel until it is closed.
type Probe struct {
	objects *ebpf.Collection
	links   []link.Link // held: one that is collected detaches silently
	reader  *ringbuf.Reader
	record  ringbuf.Record
	// Blind says, a sentence each, what this kernel does not let it see.
	Blind []string
}

// Open loads the probe and attaches it. It follows nothing yet. The error is
// [ErrNotSupported], wrapped with the reason, where kernel or privileges do not
// permit it.
func Open(o Options) (*Probe, error) {
	spec, err := loadProbe()
	if err != nil {
		return nil, err
	}
	if err := o.prepare(spec); err != nil {
		return nil, err
	}
	if !privileged() {
		return nil, refusal(os.ErrPermission)
	}
	p := &Probe{}
	if err := p.load(spec); err != nil {
		return nil, errors.Join(refusal(err), p.Close())
	}
	if err := p.start(o); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// prepare sets what is fixed when the probe is loaded.
func (o Options) prepare(spec *ebpf.CollectionSpec) error {
	slots := uint32(runtime.NumCPU() * slotsPerCPU)
	if cpus, err := ebpf.PossibleCPU(); err == nil {
		slots = uint32(cpus * slotsPerCPU)
	}
	spec.Maps[probeMapSlots].MaxEntries = slots
	spec.Maps[probeMapEvents].MaxEntries = uint32(o.ring())
	if err := spec.Variables[probeVarSlotCount].Set(slots); err != nil {
		return err
	}
	return spec.Variables[probeVarWakeAt].Set(uint64(o.ring() / 4))
}

// load puts the programs into the kernel. What newer kernels alone have may
// be missing.
func (p *Probe) load(spec *ebpf.CollectionSpec) (err error) {
	programs := spec.Programs
	maps := *spec
	maps.Programs = nil
	if p.objects, err = ebpf.NewCollection(&maps); err != nil {
		return err
	}
	l, err := newLoader(spec, p.objects.Maps)
	if err != nil {
		return err
	}
	for name, s := range programs {
		prog, err := l.load(s)
		switch {
		case err == nil:
			p.objects.Programs[name] = prog
		case name == probeProgUring:
			p.Blind = append(p.Blind, "files that are opened through io_uring")
		default:
			return fmt.Errorf("load %s: %w", name, err)
		}
	}
	return nil
}

func (p *Probe) start(o Options) (err error) {
	if err := o.putSpecs(p.objects.Maps[probeMapCalls]); err != nil {
		return err
	}
	if p.reader, err = ringbuf.NewReader(p.objects.Maps[probeMapEvents]); err != nil {
		return fmt.Errorf("read ring buffer: %w", err)
	}
	for name, prog := range p.objects.Programs {
		l, err := link.AttachTracing(link.TracingOptions{Program: prog})
		if err != nil {
			return refusal(fmt.Errorf("attach %s: %w", name, err))
		}
		p.links = append(p.links, l)
	}
	return nil
}

// privileged tells whether this process may load a probe. The kernel's own
// refusals can look like those of an old one.
func privileged() bool {
	hdr := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if unix.Capget(&hdr, &data[0]) != nil {
		return true // the kernel will say
	}
	has := func(c int) bool { return data[c/32].Effective&(1<<(c%32)) != 0 }
	return has(unix.CAP_SYS_ADMIN) || has(unix.CAP_BPF) && has(unix.CAP_PERFMON)
}

// refusal adds to the kernel's refusal what it stands for.
func refusal(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: BPF needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN", ErrNotSupported)
	case errors.Is(err, ebpf.ErrNotSupported), errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%w: %w; it needs Linux 5.17 built with CONFIG_DEBUG_INFO_BTF", ErrNotSupported, err)
	}
	return fmt.Errorf("load BPF probe: %w", err)
}

// Follow lets the probe follow the task tid and those that it starts from now on.
// tid is in this process's pid namespace.
func (p *Probe) Follow(tid int) error {
	fd, err := unix.PidfdOpen(tid, 0)
	if err != nil {
		return fmt.Errorf("follow process %d: %w", tid, err)
	}
	defer unix.Close(fd)
	if err := p.objects.Maps[probeMapTasks].Update(uint32(fd), uint32(1), ebpf.UpdateAny); err != nil {
		return fmt.Errorf("follow process %d: %w", tid, err)
	}
	return nil
}

// Read returns the next event, waiting for it until the deadline. After that the
// error is [os.ErrDeadlineExceeded], once all events were returned that were
// there.
func (p *Probe) Read(deadline time.Time) (*Event, error) {
	p.reader.SetDeadline(deadline)
	for {
		err := p.reader.ReadInto(&p.record)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return nil, err
		}
		return decode(p.record.RawSample)
	}
}

// Lost returns what was lost so far.
func (p *Probe) Lost() (l Lost, err error) {
	for name, to := range map[string]*uint64{
		probeVarLostRing: &l.Ring, probeVarLostSlot: &l.Slot, probeVarLostTask: &l.Task,
	} {
		err = errors.Join(err, p.objects.Variables[name].Get(to))
	}
	return l, err
}

// Close takes the probe out of the kernel.
func (p *Probe) Close() error {
	var errs []error
	for _, l := range p.links {
		errs = append(errs, l.Close())
	}
	if p.reader != nil {
		errs = append(errs, p.reader.Close())
	}
	if p.objects != nil {
		p.objects.Close()
	}
	return errors.Join(errs...)
}

// putSpecs tells the probe which calls are of interest.
func (o Options) putSpecs(m *ebpf.Map) error {
	for i, table := range []map[int]Spec{o.Native, o.Compat} {
		for nr, s := range table {
			if nr < 0 || nr >= specsPerABI {
				return fmt.Errorf("system call %d: beyond the probe's table", nr)
			}
			if err := m.Put(uint32(i*specsPerABI+nr), s.encode()); err != nil {
				return fmt.Errorf("set system call %d: %w", nr, err)
			}
		}
	}
	return nil
}

// encode returns the specification as probe.bpf.c has it.
func (s Spec) encode() probeSpec {
	const wanted, result, newCwd, structure, keepStruct, given = 1, 2, 4, 8, 16, 32
	e := probeSpec{
		How: wanted, Path: s.Path, Dir: s.Dir, Path2: s.Path2, Dir2: s.Dir2, Object: s.Object,
		Given: uint8(max(s.Given, 0)), Size: s.Size,
	}
	for _, f := range []struct {
		on  bool
		bit uint8
	}{
		{s.Result, result},
		{s.NewCwd, newCwd},
		{s.Address, structure},
		{s.Size > 0 && !s.Address, keepStruct},
		{s.Given >= 0, given},
	} {
		if f.on {
			e.How |= f.bit
		}
	}
	return e
}
