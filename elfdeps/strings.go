package elfdeps

import (
	"bytes"
	"debug/elf"
	"io"
	"strings"
)

const (
	// scanChunk is how much of a file is looked at in one piece.
	scanChunk = 1 << 20
	// maxString bounds a string, which may lie across two chunks.
	maxString = 1024
	// maxStrings bounds what is kept of one file.
	maxStrings = 20000
	// maxSections bounds the section headers that are read.
	maxSections = 65536
)

// An extent is a range of bytes of a file.
type extent struct{ off, size int64 }

// dataExtents returns where the constants and variables of the object are, and
// with them its strings. Section headers, where there are any, leave out code
// and tables. Else all mapped segments count that are not executable, or, in a
// file where none is so, all of them.
func (r *objectReader) dataExtents(h *header) []extent {
	if list := r.dataSections(h); len(list) > 0 {
		return list
	}
	var data, all []extent
	for _, s := range r.loads {
		if clampOffset(s.offset) >= r.size {
			continue
		}
		e := extent{clampOffset(s.offset), min(clampOffset(s.filesz), r.size-clampOffset(s.offset))}
		all = append(all, e)
		if s.flags&elf.PF_X == 0 {
			data = append(data, e)
		}
	}
	if len(data) < 2 { // only .data: the constants lie beside the code
		return all
	}
	return data
}

// dataSections returns the sections with data of the program's own, none where
// there are no headers that can be read.
func (r *objectReader) dataSections(h *header) []extent {
	size := int(h.wantShentsize())
	if h.shoff == 0 || int(h.shentsize) != size || int64(h.shoff) > r.size || int64(h.shoff) < 0 {
		return nil
	}
	b := make([]byte, min(int64(min(int(h.shnum), maxSections)*size), r.size-int64(h.shoff)))
	if r.read(b, int64(h.shoff), "section headers") != nil {
		return nil
	}
	var list []extent
	for ; len(b) >= size; b = b[size:] {
		if e, ok := r.dataSection(b); ok {
			list = append(list, e)
		}
	}
	return list
}

// dataSection decodes the section header in b and returns its bytes when they
// are mapped and no code.
func (r *objectReader) dataSection(b []byte) (extent, bool) {
	typ := elf.SectionType(r.order.Uint32(b[4:]))
	flags, off, size := r.word(b[8:]), uint64(0), uint64(0)
	if r.wide {
		off, size = r.order.Uint64(b[24:]), r.order.Uint64(b[32:])
	} else {
		off, size = uint64(r.order.Uint32(b[16:])), uint64(r.order.Uint32(b[20:]))
	}
	const want = uint64(elf.SHF_ALLOC)
	if typ != elf.SHT_PROGBITS || flags&(want|uint64(elf.SHF_EXECINSTR)) != want || clampOffset(off) >= r.size {
		return extent{}, false
	}
	return extent{clampOffset(off), min(clampOffset(size), r.size-clampOffset(off))}, true
}

// A stringScan collects strings from a file's data.
type stringScan struct {
	contents *Contents
	seen     map[string]bool
	buf      []byte
}

// scan looks at one extent, chunk by chunk. Chunks overlap by the longest
// string.
func (s *stringScan) scan(r io.ReaderAt, e extent) error {
	if s.seen == nil {
		s.seen, s.buf = map[string]bool{}, make([]byte, scanChunk)
	}
	for e.size > 0 {
		n, err := r.ReadAt(s.buf[:min(scanChunk, e.size)], e.off)
		if err != nil && err != io.EOF {
			return err
		}
		s.paths(s.buf[:n])
		s.libraries(s.buf[:n])
		if n < scanChunk {
			return nil
		}
		e.off, e.size = e.off+scanChunk-maxString, e.size-scanChunk+maxString
	}
	return nil
}

// paths collects the absolute paths in b.
func (s *stringScan) paths(b []byte) {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], '/')
		if i < 0 || at+i+2 > len(b) {
			return
		}
		i += at
		at = i + 1
		known := wellKnown(b[i:])
		if !isWord(b[at]) || i > 0 && continues(b[i-1]) && known == 0 {
			continue
		}
		if known > 0 && b[i+known-1] != '/' { // where other text may follow
			s.keep(&s.contents.Paths, string(b[i:i+known]))
		}
		p := b[i : i+pathLength(b[i:])]
		at = i + len(p)
		s.keep(&s.contents.Paths, cutPattern(string(p)))
	}
}

// keep adds a string once.
func (s *stringScan) keep(list *[]string, str string) {
	if len(str) >= 4 && len(*list) < maxStrings && !s.seen[str] {
		s.seen[str] = true
		*list = append(*list, str)
	}
}

// continues tells whether a slash behind c continues a relative path or an
// URL instead of beginning an absolute path.
func continues(c byte) bool {
	return isWord(c) || strings.IndexByte("./-~*%)}]+&?#\\", c) >= 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// wellKnownPaths are paths of files, and with a slash beginnings of paths, that
// are such even with other text before and behind them, as strings stand in the
// data of Go and Rust programs.
var wellKnownPaths = [...]string{
	"/etc/ssl/", "/etc/pki/", "/usr/share/zoneinfo/", "/usr/share/ca-certificates/", "/usr/share/mime/",
	"/etc/nsswitch.conf", "/etc/hosts", "/etc/services", "/etc/protocols", "/etc/mime.types", "/etc/localtime",
}

// wellKnown returns the length of the well-known path that b begins with, or 0.
func wellKnown(b []byte) int {
	for _, p := range wellKnownPaths {
		if len(b) >= len(p) && string(b[:len(p)]) == p {
			return len(p)
		}
	}
	return 0
}

// pathLength returns how far the path reaches that b begins with.
func pathLength(b []byte) int {
	for i, c := range b[:min(len(b), maxString)] {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"'<>|;:,()`+"`", c) >= 0 {
			return i
		}
	}
	return min(len(b), maxString)
}

// cutPattern returns the folder before the first component that is a pattern,
// such as "%s.so" or "*.conf", or p itself.
func cutPattern(p string) string {
	i := strings.IndexAny(p, "%*$?{}[]@#=!")
	if i < 0 {
		return p
	}
	return p[:strings.LastIndexByte(p[:i], '/')]
}

// libraries collects the names of libraries in b: strings that end in .so, or
// in .so and a version.
func (s *stringScan) libraries(b []byte) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte(".so"))
		if i < 0 {
			return
		}
		i += at
		at = i + 3
		end := at
		for end < len(b) && (b[end] == '.' || b[end] >= '0' && b[end] <= '9') {
			end++
		}
		start := i
		for start > 0 && i-start < 100 && (isWord(b[start-1]) || strings.IndexByte("-+.", b[start-1]) >= 0) {
			start--
		}
		if start > 0 && b[start-1] != 0 || end >= len(b) || b[end] != 0 || start == i {
			continue
		}
		s.keep(&s.contents.Libraries, string(b[start:end]))
	}
}
