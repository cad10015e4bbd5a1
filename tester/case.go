package tester

import (
	"bufio"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"magicpak/rootfs"
)

// DefaultPath is PATH in a container that sets none (moby's
// DefaultPathEnvUnix).
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// ErrNotSupported is what no jail being possible on this machine is reported
// with.
var ErrNotSupported = errors.New("a test of the bundle is not possible here")

// A User is who runs the command.
type User struct{ UID, GID int }

// ParseUser reads UID[:GID]. A missing GID is 0, as in a container whose
// /etc/passwd does not know the user.
func ParseUser(s string) (User, error) {
	uid, gid, both := strings.Cut(s, ":")
	if !both {
		gid = "0"
	}
	u, err := strconv.ParseUint(uid, 10, 31)
	g, err2 := strconv.ParseUint(gid, 10, 31)
	if err := errors.Join(err, err2); err != nil {
		return User{}, fmt.Errorf("user %q is not UID or UID:GID in numbers", s)
	}
	return User{int(u), int(g)}, nil
}

// A Case is a command to run in a directory.
type Case struct {
	Root string // the directory
	// Path is the executable, in Root. Args has its name at 0.
	Path string
	Args []string
	// Shell, where it is not "", is a static executable of this machine that
	// is run instead of Path. It is not visible in the jail.
	Shell   string
	Env     []string // added to PATH and HOME
	Dir     string   // where it runs; / where that is not there and cannot be made
	User    User
	Timeout time.Duration // 0 for none
}

// environment returns what a container runtime sets, with the case's own
// variables taking precedence.
func (c *Case) environment() []string {
	env := []string{"PATH=" + DefaultPath, "HOME=" + home(rootfs.Dir(c.Root), c.User.UID)}
	for _, kv := range c.Env {
		name, _, _ := strings.Cut(kv, "=")
		env = append(without(env, name), kv)
	}
	return env
}

// Getenv returns the value of a variable in the test.
func (c *Case) Getenv(name string) string {
	for _, kv := range c.environment() {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}

// without returns env less the variable name.
func without(env []string, name string) []string {
	var list []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, name+"=") {
			list = append(list, kv)
		}
	}
	return list
}

// accountsLimit bounds what is read of /etc/passwd.
const accountsLimit = 1 << 20

// home returns the home directory of a user that root's /etc/passwd knows, else
// "/", as runc does.
func home(root rootfs.Tree, uid int) string {
	data, err := rootfs.ReadFile(root, "/etc/passwd", accountsLimit)
	if err != nil {
		return "/"
	}
	lines := bufio.NewScanner(strings.NewReader(string(data)))
	for lines.Scan() {
		f := strings.Split(lines.Text(), ":")
		if len(f) > 5 && f[2] == strconv.Itoa(uid) && f[5] != "" {
			return f[5]
		}
	}
	return "/"
}

// FindProgram returns the path in root of the executable that execvp(3) would start
// for name with the value of PATH, "" when there is none.
func FindProgram(root rootfs.Tree, name, pathVar string) string {
	if strings.Contains(name, "/") {
		return name
	}
	for dir := range strings.SplitSeq(pathVar, ":") {
		p := path.Join("/", dir, name)
		if executable(root, p) {
			return p
		}
	}
	return ""
}

func executable(root rootfs.Tree, p string) bool {
	place, err := rootfs.Stat(root, p)
	return err == nil && place.Stat.Mode&unix.S_IFMT == unix.S_IFREG && place.Stat.Mode&0o111 != 0
}
