package tester

import (
	"path"
	"regexp"
	"strings"
	"unicode"
)

// words are the names in what a program printed to standard error.
type words map[string]bool

// wordsOf splits text at all that is seldom part of a file's name.
func wordsOf(text string) words {
	w := words{}
	apart := func(r rune) bool {
		return strings.ContainsRune(" \t\n\r'\"`:;,()[]{}<>=|‘’“”", r)
	}
	for word := range strings.FieldsFuncSeq(pseudoFile.ReplaceAllString(text, ""), apart) {
		w[word] = true
		w[strings.TrimRight(word, ".!?")] = true
	}
	delete(w, "")
	return w
}

// pseudoFile is what interpreters call a source that is no file, as in File
// "<string>", line 1.
var pseudoFile = regexp.MustCompile(`<\w+>`)

// How much it tells that standard error names a file, by how.
const (
	mentionPath   = 60
	mentionSuffix = 50 // the end of the path, from a slash on
	mentionName   = 40
	mentionStem   = 30 // without what follows a dot
	mentionLike   = 25 // but for case and punctuation
)

// Shorter stems are words of a language.
const (
	stemLength = 3
	likeLength = 5
)

// mention tells how clearly w names the file at p, 0 when it does not.
func (w words) mention(p string) int {
	base := path.Base(p)
	stem, _, _ := strings.Cut(strings.TrimLeft(base, "."), ".")
	switch {
	case w[p]:
		return mentionPath
	case w.suffix(p):
		return mentionSuffix
	case w[base]:
		return mentionName
	case len(stem) >= stemLength && w[stem], w.module(p):
		return mentionStem
	case len(stem) >= likeLength && w.like(stem):
		return mentionLike
	}
	return 0
}

// below tells whether w names something in the folder dir.
func (w words) below(dir string) bool {
	for word := range w {
		if strings.HasPrefix(word, dir+"/") {
			return true
		}
	}
	return false
}

// suffix tells whether a relative path in w is the end of p, as in "Can't
// locate File/Temp.pm".
func (w words) suffix(p string) bool {
	for i := strings.LastIndexByte(p, '/'); i > 0; i = strings.LastIndexByte(p[:i], '/') {
		if rest := p[i+1:]; strings.Contains(rest, "/") && w[rest] {
			return true
		}
	}
	return false
}

// module tells whether p is a file of the dotted module that w names, as in "No
// module named 'json.decoder'".
func (w words) module(p string) bool {
	ext := path.Ext(p)
	if isLibrary(p) { // json.cpython-311-x86_64-linux-gnu.so
		_, ext, _ = strings.Cut(path.Base(p), ".")
		ext = "." + ext
	}
	p = strings.TrimSuffix(strings.TrimSuffix(p, ext), "/__init__")
	for i := strings.LastIndexByte(p, '/'); i > 0; i = strings.LastIndexByte(p[:i], '/') {
		if dotted := strings.ReplaceAll(p[i+1:], "/", "."); strings.Contains(dotted, ".") && w[dotted] {
			return true
		}
	}
	return false
}

// like tells whether a word is stem but for case and punctuation, as ISO-8859-2
// is ISO8859-2.so. Letters alone may be a word of a language, as Traceback is.
func (w words) like(stem string) bool {
	want := letters(stem)
	for word := range w {
		if len(want) >= likeLength && letters(word) == want && strings.ContainsFunc(word, notLetter) {
			return true
		}
	}
	return false
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// letters returns s without punctuation, in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r == '+' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}
