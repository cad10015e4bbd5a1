package tracer

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// formatVersion is the version of the profile's JSON. It changes when a reader
// of the old one would misread the new one.
const formatVersion = 1

// A document is a profile in JSON. Earlier contents are not part of it.
type document struct {
	Version int `json:"magicpak-profile"`
	Profile
}

// A FormatError reports bytes that are no profile which this version reads.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return "read profile: " + e.Reason }

func malformed(format string, args ...any) error {
	return &FormatError{fmt.Sprintf(format, args...)}
}

// Encode writes p as JSON, one run, access and earlier state a line, so that
// two profiles can be compared with diff(1). Equal profiles give equal bytes.
func (p *Profile) Encode(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "{\"magicpak-profile\": %d", formatVersion)
	err := errors.Join(
		encodeList(out, "runs", p.Runs),
		encodeList(out, "accesses", p.Accesses),
		encodeList(out, "before", p.Before),
	)
	out.WriteString("}\n")
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}

// encodeList writes a member of the document, an element a line.
func encodeList[T any](out *bufio.Writer, name string, list []T) error {
	fmt.Fprintf(out, ",\n%q: [", name)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for i, el := range list {
		separator := "\n"
		if i > 0 {
			separator = ","
		}
		out.WriteString(separator)
		if err := enc.Encode(el); err != nil {
			return err
		}
	}
	_, err := out.WriteString("]")
	return err
}

// Decode reads a profile that [Profile.Encode] wrote. What is no such profile
// is a [*FormatError].
func Decode(r io.Reader) (*Profile, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read profile: %w", err)
	}
	var doc document
	if err := unmarshal(data, &doc); err != nil {
		return nil, err
	}
	switch {
	case doc.Version == 0:
		return nil, malformed("this is JSON, but no profile of magicpak")
	case doc.Version != formatVersion:
		return nil, malformed("version %d; this magicpak reads version %d", doc.Version, formatVersion)
	case len(doc.Runs) == 0:
		return nil, malformed("it holds no run")
	}
	if err := doc.check(); err != nil {
		return nil, err
	}
	doc.sort()
	return &doc.Profile, nil
}

// unmarshal is json.Unmarshal with an error that says where.
func unmarshal(data []byte, doc *document) error {
	err := json.Unmarshal(data, doc)
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case len(data) == 0:
		return malformed("it is empty")
	case errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input":
		return malformed("it ends in the middle")
	case errors.As(err, &syntax):
		line := strings.Count(string(data[:syntax.Offset]), "\n") + 1
		return malformed("line %d is no JSON: %v", line, err)
	}
	return malformed("%v", err)
}

var ops = []Op{Open, Stat, Readlink, Exec, List, Create, Modify, Change, Remove, Replace, Connect}

// check refuses what no run records, so that whoever uses a profile from
// elsewhere can rely on its paths.
func (p *Profile) check() error {
	for i := range p.Accesses {
		if err := p.Accesses[i].check(); err != nil {
			return err
		}
	}
	for _, b := range p.Before {
		if !walked(b.Path) {
			return malformed("state before the run of %q: no walked path", b.Path)
		}
	}
	return nil
}

func (a *Access) check() error {
	switch {
	case !slices.Contains(ops, a.Op):
		return malformed("access to %q: unknown operation %q", a.Path, a.Op)
	case !strings.HasPrefix(string(a.Path), "/") || strings.IndexByte(string(a.Path), 0) >= 0:
		return malformed("access to %q: no absolute path", a.Path)
	case a.Object != "" && !walked(a.Object):
		return malformed("access to %q: its object %q is no walked path", a.Path, a.Object)
	case a.Count < 1 || a.First < 0 || a.Last < a.First:
		return malformed("access to %q: count %d from %d to %d", a.Path, a.Count, a.First, a.Last)
	}
	for _, l := range a.Links {
		if !walked(l) {
			return malformed("access to %q: its link %q is no walked path", a.Path, l)
		}
	}
	return nil
}

// walked tells whether n could be where a walk ended.
func walked(n rootfs.ByteName) bool {
	s := string(n)
	if s == "/" {
		return true
	}
	if !strings.HasPrefix(s, "/") || strings.IndexByte(s, 0) >= 0 || len(s) >= unix.PathMax {
		return false
	}
	for c := range strings.SplitSeq(s[1:], "/") {
		if c == "" || c == "." || c == ".." {
			return false
		}
	}
	return true
}
