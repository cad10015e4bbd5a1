package elfdeps

import "strings"

// tokens are the dynamic string tokens of ld.so(8).
var tokens = []string{"ORIGIN", "PLATFORM", "LIB"}

// token returns which token s, the text behind a '$', begins with, and its
// length with braces. As in is_dst of glibc's dl-load.c a name without
// braces ends before the first byte that is no letter, digit or underscore.
func token(s string) (string, int) {
	name, curly := strings.CutPrefix(s, "{")
	for _, t := range tokens {
		rest, ok := strings.CutPrefix(name, t)
		switch {
		case !ok:
		case curly && strings.HasPrefix(rest, "}"):
			return t, len(t) + 2
		case !curly && (rest == "" || !identifier(rest[0])):
			return t, len(t)
		}
	}
	return "", 0
}

func identifier(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_'
}

// hasToken tells whether s holds a token.
func hasToken(s string) bool {
	for {
		_, after, ok := strings.Cut(s, "$")
		if !ok {
			return false
		}
		if name, _ := token(after); name != "" {
			return true
		}
		s = after
	}
}

// expand replaces the tokens in s as _dl_dst_substitute does for l. It returns
// one string for each $PLATFORM that a CPU of the machine can have, and none
// where a token has no value or may not be used.
func (r *run) expand(l *link, s string) []string {
	if !hasToken(s) {
		return []string{s}
	}
	if !strings.Contains(s, "PLATFORM") {
		return r.expandFor(l, s, "")
	}
	var list []string
	for _, p := range r.policy.Platforms {
		list = append(list, r.expandFor(l, s, p)...)
	}
	return list
}

func (r *run) expandFor(l *link, s, platform string) []string {
	values := map[string]string{"ORIGIN": l.origin, "PLATFORM": platform, "LIB": r.policy.Lib}
	var b strings.Builder
	check := false
	for i := 0; i < len(s); {
		name, n := "", 0
		if s[i] == '$' {
			name, n = token(s[i+1:])
		}
		if name == "" {
			b.WriteByte(s[i])
			i++
			continue
		}
		if name == "ORIGIN" && r.secure {
			if rest := s[i+1+n:]; i > 0 || rest != "" && rest[0] != '/' {
				return nil
			}
			check = l == r.main
		}
		if values[name] == "" {
			return nil
		}
		b.WriteString(values[name])
		i += 1 + n
	}
	if check && !r.trusted(b.String()) {
		return nil
	}
	return []string{b.String()}
}

// trusted tells whether path, its dots resolved as text, lies in a default
// folder (is_trusted_path_normalize in dl-load.c): the only paths with $ORIGIN
// that a set-user-ID executable may have.
func (r *run) trusted(path string) bool {
	var parts []string
	for p := range strings.SplitSeq(path, "/") {
		switch {
		case p == "..":
			parts = parts[:max(0, len(parts)-1)]
		case p != "" && p != ".":
			parts = append(parts, p)
		}
	}
	clean := "/" + strings.Join(parts, "/") + "/"
	for _, d := range r.policy.Dirs {
		if strings.HasPrefix(clean, d) {
			return true
		}
	}
	return false
}

// decompose splits a search path at the bytes in sep and expands its elements,
// as fillin_rpath does. An empty element is the working directory, shown as
// "". Every other one ends in a slash; each folder comes once.
func (r *run) decompose(l *link, s, sep string) *searchPath {
	p := &searchPath{}
	seen := map[string]bool{}
	add := func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			p.dirs = append(p.dirs, dir)
		}
	}
	for _, elem := range splitAny(s, sep) {
		if elem == "" {
			add("")
			continue
		}
		for _, dir := range r.expand(l, elem) {
			if dir != "" {
				add(slashed(dir))
			}
		}
	}
	return p
}

// splitAny splits s at every byte that is in sep and keeps empty parts.
func splitAny(s, sep string) []string {
	var parts []string
	for {
		i := strings.IndexAny(s, sep)
		if i < 0 {
			return append(parts, s)
		}
		parts, s = append(parts, s[:i]), s[i+1:]
	}
}

// slashed makes dir end in exactly one slash.
func slashed(dir string) string {
	for len(dir) > 1 && strings.HasSuffix(dir, "/") {
		dir = dir[:len(dir)-1]
	}
	if dir == "/" {
		return dir
	}
	return dir + "/"
}
