package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

//go:generate go test -run ^TestManPage$ . -update

const manFile = "magicpak.1"

// TestManPage keeps the manual page, which is made of the tables of options, up
// to date: "make generate" writes it.
func TestManPage(t *testing.T) {
	page := manPage()
	if *update {
		if err := os.WriteFile(manFile, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	onDisk, err := os.ReadFile(manFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(onDisk) != page {
		t.Errorf("%s is not what the options make: run make generate", manFile)
	}
}

// TestManPageFormats lets groff judge the page.
func TestManPageFormats(t *testing.T) {
	if _, err := exec.LookPath("groff"); err != nil {
		t.Skip("needs groff")
	}
	var warnings strings.Builder
	cmd := exec.Command("groff", "-man", "-Tutf8", "-ww", "-z", "-K", "utf8", manFile)
	cmd.Stderr = &warnings
	if err := cmd.Run(); err != nil || warnings.Len() > 0 {
		t.Errorf("groff: %v\n%s", err, warnings.String())
	}
}

// manPage writes magicpak(1).
func manPage() string {
	var b strings.Builder
	fmt.Fprintf(&b, ".\\\" Made by make generate from the tables of options; do not edit.\n.TH MAGICPAK 1 \"\" \"magicpak %s\" \"User Commands\"\n", version)
	b.WriteString(`.SH NAME
magicpak \- bundle an executable with everything that it needs at run time
.SH SYNOPSIS
.B magicpak
[\fIOPTIONS\fR] \fIINPUT\fR... \fIOUTPUT\fR
`)
	for _, s := range subcommands() {
		name, words, _ := strings.Cut(s.usage, " ")
		fmt.Fprintf(&b, ".br\n.B magicpak %s\n[\\fIOPTIONS\\fR] %s\n", name, manText(words))
	}
	b.WriteString(".SH DESCRIPTION\n")
	manIntro(&b, bundleIntro)
	b.WriteString(".SH OPTIONS\n")
	manOptions(&b, bundleOptions(&flags{}))
	b.WriteString(".SH SUBCOMMANDS\nThe first word names one; a file of such a name is ./NAME.\n")
	for _, s := range subcommands() {
		fmt.Fprintf(&b, ".SS magicpak %s\n", manText(s.usage))
		manIntro(&b, s.intro)
		manOptions(&b, s.options())
	}
	b.WriteString(manEnd)
	return b.String()
}

// manEnd is what no table says.
const manEnd = `.SH EXIT STATUS
.TP
.B 0
done
.TP
.B 1
failed; OUTPUT is as it was before
.TP
.B 2
the command line makes no sense
.TP
.B 3
the run could not be observed completely, and \-\-require\-dynamic was given
.TP
.B 4
the bundle failed its test
.TP
.B 128+n
ended by signal n; OUTPUT is as it was before
.SH ENVIRONMENT
.TP
.B MAGICPAK_*
Each option may be set by a variable, \-\-log\-level by MAGICPAK_LOG_LEVEL.
1 turns a switch on, lines are the values of an option that is repeatable. What
is on the command line wins.
.TP
.B LD_LIBRARY_PATH
counts as it does for the loader.
.TP
.B SOURCE_DATE_EPOCH
No file of the bundle is younger than this.
.TP
.BR NO_COLOR ", " CLICOLOR_FORCE
decide on colours where standard error is a terminal, or is not.
.SH EXAMPLES
.nf
FROM debian:bookworm AS build
COPY magicpak /usr/local/bin/
RUN apt\-get update && apt\-get install \-y jq
RUN magicpak \-v /usr/bin/jq /bundle

FROM scratch
COPY \-\-from=build /bundle /.
CMD ["/usr/bin/jq", "\-\-version"]
.fi
.SH SEE ALSO
.BR ldd (1),
.BR upx (1),
.BR ld.so (8)
`

// manIntro writes the paragraphs with which a help begins, without its usage.
func manIntro(b *strings.Builder, intro string) {
	for i, paragraph := range strings.Split(strings.TrimSpace(intro), "\n\n") {
		switch {
		case strings.HasPrefix(paragraph, "Usage: "):
		case strings.HasPrefix(paragraph, "  "):
			fmt.Fprintf(b, ".PP\n.nf\n%s\n.fi\n", manText(paragraph))
		case i == 0:
			fmt.Fprintf(b, "%s\n", manText(paragraph))
		default:
			fmt.Fprintf(b, ".PP\n%s\n", manText(paragraph))
		}
	}
}

// manOptions writes the options of a table, group by group where it is long.
func manOptions(b *strings.Builder, table []option) {
	const long = 10
	for g, title := range groupTitles {
		first := true
		for _, o := range table {
			if int(o.group) != g {
				continue
			}
			if first && len(table) > long {
				fmt.Fprintf(b, ".SS %s\n", title)
			}
			first = false
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", manText(strings.TrimSpace(o.synopsis())), manText(strings.ReplaceAll(o.text(), unbroken, " ")))
		}
	}
}

// manText escapes what groff would take for itself: a hyphen of its own is a
// minus, and a line that begins with a dot is no request.
func manText(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return strings.ReplaceAll(s, "\n.", "\n\\&.")
}
