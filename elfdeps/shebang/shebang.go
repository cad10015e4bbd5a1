// Package shebang reads the first line of a script as the kernel does when it
// executes one (fs/binfmt_script.c), and tells which program env(1) would start
// where that is the interpreter.
package shebang

import (
	"bytes"
	"errors"
)

// HeadSize is how much of a file the kernel looks at (BINPRM_BUF_SIZE).
const HeadSize = 256

// MaxDepth is how many interpreters may stand one behind the other: a script
// may name another script, and so on (exec_binprm in fs/exec.c).
const MaxDepth = 5

// A Line is the first line of a script.
type Line struct {
	Interp string // path of the interpreter, relative to the working directory if it is so
	Arg    string // all that follows, one argument
	HasArg bool
}

// Errors of [Parse]. The kernel refuses such a script with ENOEXEC, or with
// EACCES where the interpreter's name is empty.
var (
	ErrEmpty     = errors.New("the line after #! names no interpreter")
	ErrTruncated = errors.New("the interpreter's path goes beyond the 256 bytes that the kernel reads")
)

// Parse reads the line that head, the beginning of a file, starts with. ok
// tells whether it is a script at all. Only the first [HeadSize] bytes count.
func Parse(head []byte) (line Line, ok bool, err error) {
	var buf [HeadSize]byte // the kernel pads a shorter file with NULs
	copy(buf[:], head)
	if !bytes.HasPrefix(buf[:], []byte("#!")) {
		return Line{}, false, nil
	}
	rest, whole := firstLine(buf[2:])
	rest = bytes.TrimLeft(rest, " \t")
	end := bytes.IndexAny(rest, " \t\x00")
	if !whole && len(rest) > 0 && end < 0 {
		return Line{}, true, ErrTruncated
	}
	rest = bytes.TrimRight(rest, " \t")
	if end < 0 || end > len(rest) {
		end = len(rest)
	}
	if end == 0 {
		return Line{}, true, ErrEmpty
	}
	line.Interp = string(rest[:end])
	if end < len(rest) && rest[end] != 0 {
		line.Arg, line.HasArg = argument(rest[end:])
	}
	return line, true, nil
}

// firstLine cuts b at the newline that ends the line, whole telling whether
// there is one before any NUL. Without one the last byte does not count.
func firstLine(b []byte) (line []byte, whole bool) {
	nul := bytes.IndexByte(b, 0)
	if end := bytes.IndexByte(b, '\n'); end >= 0 && (nul < 0 || end < nul) {
		return b[:end], true
	}
	return b[:len(b)-1], false
}

// argument returns what follows the interpreter: one string up to a NUL.
func argument(b []byte) (string, bool) {
	b = bytes.TrimLeft(b, " \t")
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return string(b), true
}
