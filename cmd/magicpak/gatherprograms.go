package main

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"magicpak/bundler"
	"magicpak/elfdeps/shebang"
	"magicpak/tracer"
)

// addPrograms adds what the programs that were executed, and the libraries that
// were opened, need according to themselves: another run may come to need it.
func (g *gathering) addPrograms() error {
	known := len(g.programs)
	for _, op := range []tracer.Op{tracer.Exec, tracer.Open} {
		for i := range g.profile.Accesses {
			a := &g.profile.Accesses[i]
			if a.Op != op || a.Type != unix.S_IFREG || !g.added[string(a.Object)] || g.kept[string(a.Object)] {
				continue
			}
			if err := g.addObserved(a); err != nil {
				return err
			}
			if err := g.ctx.Err(); err != nil {
				return err
			}
		}
	}
	return g.listOpened(known)
}

// addObserved adds what the file that a executed or opened needs. It was
// seen to work, so what is missing is no error.
func (g *gathering) addObserved(a *tracer.Access) error {
	walked := string(a.Object)
	e := g.manifest.Entry(walked)
	if g.seen[walked] || e == nil || a.Op == tracer.Open && isLibrary(e) {
		return nil
	}
	head, err := g.explorer.head(walked, shebang.HeadSize)
	if errors.Is(err, unix.EACCES) {
		return nil // executable and not readable: told when it is written
	}
	if err != nil {
		return err
	}
	switch line, script, err := shebang.Parse(head); {
	case a.Op == tracer.Exec && script && err == nil:
		g.seen[walked] = true
		return g.addObservedInterpreter(walked, line)
	case linked(head):
		g.seen[walked] = true
		return g.addLibraries(program{path: string(a.Path), dest: string(a.Path), walked: walked})
	}
	return nil
}

// addObservedInterpreter adds what an executed script names. What env starts
// for it, it executed.
func (g *gathering) addObservedInterpreter(script string, line shebang.Line) error {
	if !strings.HasPrefix(line.Interp, "/") {
		return nil
	}
	err := g.addExecutable(line.Interp, bundler.Origin{Kind: bundler.ScriptInterpreter, By: script}, 1)
	if err != nil {
		slog.Warn(fmt.Sprintf("interpreter of script %s: %s", script, describe(err)))
	}
	return nil
}

// isLibrary tells whether e is there as a library of a program, so that what it
// needs is there too.
func isLibrary(e *bundler.Entry) bool {
	return slices.ContainsFunc(e.Origins, func(o bundler.Origin) bool {
		return o.Kind == bundler.Needed || o.Kind == bundler.Interpreter || o.Kind == bundler.DlopenNote
	})
}

// linked tells whether a file that begins with head is a program or a library,
// and no object file or core.
func linked(head []byte) bool {
	const typeOffset, ident = 16, elf.EI_DATA // e_type, in the order that EI_DATA says (elf(5))
	if len(head) < typeOffset+2 || string(head[:len(elf.ELFMAG)]) != elf.ELFMAG {
		return false
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if elf.Data(head[ident]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	t := elf.Type(order.Uint16(head[typeOffset:]))
	return t == elf.ET_EXEC || t == elf.ET_DYN
}

// ownExecutable returns the walked path of magicpak itself.
var ownExecutable = sync.OnceValue(func() string {
	p, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return ""
	}
	return p
})
