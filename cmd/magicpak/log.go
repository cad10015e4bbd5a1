package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

const (
	defaultLevel = slog.LevelWarn
	levelOff     = slog.LevelError + 100
	// levelHint is of a line that follows an error and advises.
	levelHint = slog.LevelError + 1
)

// logLevels are the values of --log-level.
var logLevels = []struct {
	name  string
	level slog.Level
}{
	{"Off", levelOff},
	{"Error", slog.LevelError},
	{"Warn", slog.LevelWarn},
	{"Info", slog.LevelInfo},
	{"Debug", slog.LevelDebug},
}

// setupLog makes the default logger write messages of level and above to
// standard error, without a time: a RUN step's log has its own.
func setupLog(level slog.Level) {
	slog.SetDefault(slog.New(tint.NewTextHandler(messages, &tint.Options{
		Level:       level,
		NoColor:     !colored(os.Stderr),
		ReplaceAttr: logAttr,
	})))
}

// logAttr words the level and drops the time.
func logAttr(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		return slog.Attr{}
	case slog.LevelKey:
		return levelLabel(a.Value.Any().(slog.Level))
	case slog.MessageKey:
		return slog.String(a.Key, printable(a.Value.String()))
	}
	return a
}

// ANSI colours of the labels.
const (
	red    = 9
	yellow = 11
	cyan   = 14
)

// levelLabel returns what stands before a message. A decision (Info) needs no
// label.
func levelLabel(l slog.Level) slog.Attr {
	label := func(color uint8, text string) slog.Attr {
		return tint.Attr(color, slog.String(slog.LevelKey, text))
	}
	switch {
	case l >= levelHint:
		return label(cyan, "hint:")
	case l >= slog.LevelError:
		return label(red, "error:")
	case l >= slog.LevelWarn:
		return label(yellow, "warning:")
	case l >= slog.LevelInfo:
		return slog.Attr{}
	}
	return slog.String(slog.LevelKey, "debug:")
}

// printable escapes what a file name could steer a terminal with, or pretend to
// be another message with: a line break stays where the next line is indented,
// as the lists of messages are.
func printable(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		valid := r != utf8.RuneError || n > 1
		if valid && unicode.IsPrint(r) || strings.HasPrefix(s, "\n  ") {
			b.WriteString(s[:n])
		} else {
			for _, c := range []byte(s[:n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		s = s[n:]
	}
	return b.String()
}

// colored tells whether f gets colours (no-color.org, bixense.com/clicolors).
func colored(f *os.File) bool {
	switch force := os.Getenv("CLICOLOR_FORCE"); {
	case os.Getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	}
	return term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// report prints an error that ends the run, and what can be done about it.
func report(err error) {
	for _, e := range split(err) {
		slog.Error(describe(e))
	}
	for _, h := range hints(err) {
		slog.Log(context.Background(), levelHint, h)
	}
}

// warn prints an error that the run survives.
func warn(err error) {
	for _, e := range split(err) {
		slog.Warn(describe(e))
	}
}

// split returns the errors that were joined into err.
func split(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
