package tester

import (
	"debug/elf"
	"fmt"
	"io"
	"path"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// A Kind is a sort of reason for a failure that is no missing file.
type Kind string

// The kinds of reasons.
const (
	TimeLimit     Kind = "time limit"
	Architecture  Kind = "architecture"
	NotExecutable Kind = "not executable"
	NoExec        Kind = "noexec"
	NoProgram     Kind = "no program"     // neither ELF nor a script
	NoInterpreter Kind = "no interpreter" // nor on the host
	NoCommand     Kind = "no command"     // nor on the host
	Version       Kind = "version"
	Permission    Kind = "permission"
	NoUser        Kind = "no user"      // nor /etc/passwd
	UnknownUser   Kind = "unknown user" // to /etc/passwd
	ReadOnly      Kind = "read-only"
	NoNetwork     Kind = "no network"
	Killed        Kind = "signal"
	Limited       Kind = "limit of the test" // something that a container has
)

// A Cause is a reason for a failure that is no missing file.
type Cause struct {
	Kind Kind
	Text string
}

func cause(k Kind, format string, args ...any) []Cause {
	return []Cause{{k, fmt.Sprintf(format, args...)}}
}

// causes returns the reasons for which there is evidence.
func (x *examiner) causes() []Cause {
	var list []Cause
	for _, look := range []func() []Cause{
		x.timeLimit, x.refusedExec, x.versions, x.permissions, x.noUser, x.readOnly, x.noNetwork, x.killed, x.limited, x.noCommand,
	} {
		list = append(list, look()...)
	}
	return list
}

func (x *examiner) timeLimit() []Cause {
	if !x.Result.TimedOut {
		return nil
	}
	return cause(TimeLimit, "it had not ended after %s", x.Result.Elapsed.Round(1e8))
}

// refusedExec says why the kernel refused to execute the program, or one that
// a shell wanted to start.
func (x *examiner) refusedExec() []Cause {
	refused := x.refused()
	var list []Cause
	for _, p := range refused {
		list = append(list, x.refusal(p)...)
	}
	return list
}

// refused returns the programs that are there and could not be executed.
func (x *examiner) refused() []string {
	var list []string
	if x.Result.ExecErrno != 0 {
		list = append(list, x.Program)
	}
	for _, l := range x.Lookups {
		if l.Op == "exec" && l.Path != x.Program && (l.Errno == unix.EACCES || l.Errno == unix.ENOEXEC || x.wrongMachine(l.Path) != "") {
			list = append(list, l.Path)
		}
	}
	return list
}

func (x *examiner) refusal(p string) []Cause {
	place, err := rootfs.Stat(x.Bundle, p)
	machine := x.wrongMachine(p)
	switch {
	case err != nil:
		return nil
	case machine != "":
		return cause(Architecture, "%s is for another architecture: %s, where this machine is %s", p, machine, machines[runtime.GOARCH][0])
	case place.Stat.Mode&0o111 == 0:
		return cause(NotExecutable, "%s is not executable: its mode is %04o", p, place.Stat.Mode&0o7777)
	case x.Result.ExecErrno == unix.EACCES && p == x.Program && x.mountedNoExec():
		return cause(NoExec, "%s cannot be executed where the bundle is: that file system is mounted noexec", p)
	case x.Result.ExecErrno == unix.ENOEXEC && p == x.Program:
		return cause(NoProgram, "%s is neither an ELF file nor a script that begins with #!, so no kernel executes it", p)
	}
	return nil
}

// wrongMachine names the architecture of the ELF file at p, "" when it is this
// machine's or no ELF file.
func (x *examiner) wrongMachine(p string) string {
	f, _, err := rootfs.Open(x.Bundle, p)
	if err != nil {
		return ""
	}
	defer f.Close()
	var head [20]byte // up to e_machine (elf(5))
	if _, err := f.ReadAt(head[:], 0); err != nil && err != io.EOF || string(head[:4]) != elf.ELFMAG {
		return ""
	}
	m := elf.Machine(uint16(head[18]) | uint16(head[19])<<8)
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		m = elf.Machine(uint16(head[19]) | uint16(head[18])<<8)
	}
	for _, own := range machines[runtime.GOARCH] {
		if m == own {
			return ""
		}
	}
	return m.String()
}

// machines are those that a kernel of each architecture executes, its own first.
var machines = map[string][]elf.Machine{
	"amd64": {elf.EM_X86_64, elf.EM_386},
	"arm64": {elf.EM_AARCH64, elf.EM_ARM},
}

func (x *examiner) mountedNoExec() bool {
	dir, ok := x.Bundle.(rootfs.Dir)
	var st unix.Statfs_t
	return ok && unix.Statfs(string(dir), &st) == nil && st.Flags&unix.ST_NOEXEC != 0
}

// versionMissing is what glibc's loader says of a library that is too old.
var versionMissing = regexp.MustCompile("(/\\S+): version [`']([^']+)' not found \\(required by ([^)]+)\\)")

func (x *examiner) versions() []Cause {
	var list []Cause
	for _, m := range versionMissing.FindAllStringSubmatch(x.Stderr, -1) {
		list = append(list, cause(Version, "%s has no version %s, which %s needs", m[1], m[2], m[3])...)
	}
	return list
}

// Few are told; one of them is enough to go on.
const fewCauses = 3

// permissions names files that are there and could not be used: the kernel said
// so, or their modes do.
func (x *examiner) permissions() []Cause {
	var list []Cause
	for _, l := range x.Lookups {
		refused := l.Errno == unix.EACCES || l.Errno == unix.EPERM || l.Errno == 0 && x.forbidden(l)
		if refused && !provided(l.Path) && !x.unexecutable(l) && len(list) < fewCauses {
			list = append(list, cause(Permission, "%s may not %s %s: %s", x.who(l.Program), doing(l.Op), l.Path, x.ownership(judged(l)))...)
		}
	}
	if list == nil {
		list = x.deniedByWords()
	}
	return list
}

// who names a program of the test.
func (x *examiner) who(program string) string {
	if program != "" && program == x.Shell {
		return "the test's shell"
	}
	return program
}

// unexecutable tells whether l executes what nobody may, which is another reason.
func (x *examiner) unexecutable(l Lookup) bool {
	place, err := rootfs.Stat(x.Bundle, l.Path)
	return l.Op == "exec" && err == nil && place.Stat.Mode&0o111 == 0
}

// forbidden tells whether modes keep the user from what was done to a file. A
// tracer that sees the beginning of calls does not know how they ended.
func (x *examiner) forbidden(l Lookup) bool {
	right := map[string]uint32{"open": mayRead, "list": mayRead, "exec": maySearch, "modify": mayWrite}[l.Op]
	if namesOnly[l.Op] {
		right = mayWrite | maySearch
	}
	place, err := rootfs.Stat(x.Bundle, judged(l))
	return err == nil && !x.User.may(right, &place.Stat)
}

// namesOnly are the operations that change a folder, not a file in it.
var namesOnly = map[string]bool{"create": true, "remove": true, "replace": true}

// judged returns the path of what must permit an operation.
func judged(l Lookup) string {
	if namesOnly[l.Op] {
		return path.Dir(l.Path)
	}
	return l.Path
}

// denied is how programs say that they were refused something, with its path.
var denied = regexp.MustCompile(`(/[^\s'"‘’:]+)['"’]?: (?:Permission denied|Operation not permitted)`)

// deniedByWords names a file of the bundle, or the folder that it would be in,
// that standard error names.
func (x *examiner) deniedByWords() []Cause {
	for _, m := range denied.FindAllStringSubmatch(x.Stderr, -1) {
		for _, op := range []string{"modify", "create"} {
			l := Lookup{Op: op, Path: m[1]}
			if !provided(l.Path) && x.forbidden(l) {
				return cause(Permission, "permission is denied for %s: %s", l.Path, x.ownership(judged(l)))
			}
		}
	}
	return nil
}

func doing(op string) string {
	switch op {
	case "exec":
		return "execute"
	case "create", "modify", "change", "remove", "replace":
		return "write"
	}
	return "read"
}

// ownership says whom a folder on the way to p belongs to that the user may not
// search, else the file at p, or the folder that it would be in.
func (x *examiner) ownership(p string) string {
	place, _ := rootfs.Stat(x.Bundle, p)
	for _, s := range place.Steps {
		if s.Target == "" && !x.User.may(maySearch, &s.Stat) {
			place = rootfs.Place{Path: s.Path, Stat: s.Stat}
			break
		}
	}
	return fmt.Sprintf("%s belongs to %d:%d with mode %04o, the test runs as %d:%d",
		place.Path, place.Stat.Uid, place.Stat.Gid, place.Stat.Mode&0o7777, x.User.UID, x.User.GID)
}

// Rights, as in the last three bits of a mode.
const (
	mayRead   = 4
	mayWrite  = 2
	maySearch = 1 // or execute
)

// may tells whether a mode gives the user all of the rights, as far as modes
// are asked.
func (u User) may(rights uint32, st *unix.Stat_t) bool {
	switch {
	case u.UID == 0:
		return true
	case u.UID == int(st.Uid):
		rights <<= 6
	case u.GID == int(st.Gid):
		rights <<= 3
	}
	return st.Mode&rights == rights
}

// userMissing is what programs say of a user that has no name.
var userMissing = regexp.MustCompile(`(?i)getpwuid|getpwnam|no such user|unknown user|invalid user|no user exists|cannot find (a )?name for user|I have no name|uid not found|who are you|user .* (does not|doesn't) exist|user not found|unknown uid|username not found`)

func (x *examiner) noUser() []Cause {
	found := userMissing.FindString(x.Stderr)
	if found == "" {
		return nil
	}
	if _, err := rootfs.Stat(x.Bundle, "/etc/passwd"); err != nil {
		return cause(NoUser, "a user is looked up, and the bundle has no /etc/passwd")
	}
	return cause(UnknownUser, "a user is looked up that the bundle's /etc/passwd does not have (the test runs as %d)", x.User.UID)
}

// readOnlyPlace is how programs say that they cannot write, with the place.
var readOnlyPlace = regexp.MustCompile(`(/[^\s'"‘’:]+)['"’]?: Read-only file system`)

func (x *examiner) readOnly() []Cause {
	const text = "%s is on a file system that is read-only, as it is in a container"
	for _, l := range x.Lookups {
		if l.Errno == unix.EROFS {
			return cause(ReadOnly, text, l.Path)
		}
	}
	if m := readOnlyPlace.FindStringSubmatch(x.Stderr); m != nil {
		return cause(ReadOnly, text, m[1])
	}
	if strings.Contains(x.Stderr, "Read-only file system") {
		return cause(ReadOnly, text, "a place")
	}
	return nil
}

// networkMissing is what programs say when there is no network.
var networkMissing = regexp.MustCompile(`(?i)network is unreachable|could not resolve host|temporary failure in name resolution|name or service not known|no route to host|network unreachable|EAI_AGAIN|unable to resolve`)

func (x *examiner) noNetwork() []Cause {
	if x.Result.Isolation == Chroot || !networkMissing.MatchString(x.Stderr) {
		return nil
	}
	return cause(NoNetwork, "it wants a network: the test has none but the loopback interface")
}

// signals say what it means that a signal ended a program.
var signals = map[unix.Signal]string{
	unix.SIGILL:  "the CPU lacks an instruction that it uses",
	unix.SIGSYS:  "a system call is forbidden",
	unix.SIGKILL: "memory may have run out",
	unix.SIGBUS:  "a file may be shorter than it was when it was mapped",
}

func (x *examiner) killed() []Cause {
	s := x.Result.Signal
	if s == 0 && x.Result.Status > 128 && x.Result.Status < 160 {
		s = unix.Signal(x.Result.Status - 128)
	}
	if s == 0 || x.Result.TimedOut {
		return nil
	}
	text := "signal " + unix.SignalName(s) + " ended it"
	if why := signals[s]; why != "" {
		text += ": " + why
	}
	return []Cause{{Killed, text}}
}

// limited names what the test could not provide, if it was looked for.
func (x *examiner) limited() []Cause {
	for _, limit := range x.Result.Limits {
		what, _, _ := strings.Cut(limit, " ")
		for _, l := range x.Lookups {
			if l.Errno != 0 && l.Program != x.Shell && (l.Path == what || strings.HasPrefix(l.Path, what+"/")) {
				return cause(Limited, "%s looked for %s, and this test could not provide it (%s)", l.Program, l.Path, limit)
			}
		}
	}
	return nil
}

// noCommand names a command that neither the bundle nor the host has.
func (x *examiner) noCommand() []Cause {
	if x.Result.Status != 127 || len(x.candidates) > 0 {
		return nil
	}
	for _, l := range x.Lookups {
		if l.Op == Interpreter && l.Errno != 0 {
			return cause(NoInterpreter, "%s needs %s, which is neither in the bundle nor here", l.Program, l.Path)
		}
	}
	return cause(NoCommand, "a command was not found that is not here either")
}
