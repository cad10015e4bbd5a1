package tester

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// An Isolation is how a jail is made.
type Isolation string

// The kinds of jails, the best first.
const (
	Namespaces    Isolation = "namespaces"     // own namespaces, made with CAP_SYS_ADMIN
	UserNamespace Isolation = "user namespace" // the same without privilege
	Chroot        Isolation = "chroot"         // chroot(2) and dropped capabilities
)

// orders are what the supervisor is told, as its only argument, and tells the
// setup process, with what that needs to know of this machine.
type orders struct {
	Case
	Isolation Isolation
	Scratch   bool              // the root is an overlay, so nothing is written to Root
	Probe     bool              // set everything up and run nothing
	Report    string            // file for the supervisor's outcome
	Files     map[string]string // contents of what a runtime puts into /etc
}

func (o *orders) encode() (string, error) {
	b, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("encode the orders of a test: %w", err)
	}
	return string(b), nil
}

func decodeOrders(s string) (*orders, error) {
	o := &orders{}
	if err := json.Unmarshal([]byte(s), o); err != nil {
		return nil, fmt.Errorf("decode the orders of a test: %w", err)
	}
	return o, nil
}

// An outcome is what the supervisor reports, and in part what setup tells it.
type outcome struct {
	Status   int
	Signal   int
	TimedOut bool
	Elapsed  time.Duration
	Limits   []string
	Failed   *failure `json:",omitempty"`
}

// A failure is a step of the setup that did not work, or the execution of the
// command.
type failure struct {
	Step  string // as in "mount /proc"
	Errno int    // 0 where it was no system call
	Text  string
	Exec  bool // the step is the execution of the command
}

// etcFiles returns what a runtime provides in /etc.
func etcFiles() map[string]string {
	files := map[string]string{
		"hostname": hostName + "\n",
		"hosts":    "127.0.0.1\tlocalhost " + hostName + "\n::1\tlocalhost ip6-localhost ip6-loopback\n",
	}
	if b, err := os.ReadFile("/etc/resolv.conf"); err == nil {
		files["resolv.conf"] = string(b)
	} else {
		files["resolv.conf"] = ""
	}
	return files
}

const hostName = "magicpak-test"
