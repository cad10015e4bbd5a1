package tester

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// reportFD is where the setup process finds the pipe to the supervisor.
const reportFD = 3

// A jailer makes the jail around its own process. What it could not provide is
// noted; what the jail cannot be without is an error.
type jailer struct {
	*orders
	limits []string
	shell  int // descriptor of orders.Shell
}

// setup makes the jail that o describes and executes the command. It returns
// only when that is not possible.
func setup(o *orders) int {
	unix.CloseOnExec(reportFD)
	pipe := os.NewFile(reportFD, "report")
	j := &jailer{orders: o, shell: -1}
	err := j.make()
	send := json.NewEncoder(pipe)
	if err == nil && !o.Probe {
		if err := send.Encode(outcome{Limits: j.limits}); err != nil {
			return statusJail
		}
		err = j.execute()
		send.Encode(outcome{Failed: &failure{Step: "execute " + j.Path, Errno: int(err.(unix.Errno)), Text: err.Error(), Exec: true}})
		return execStatus(err)
	}
	if err != nil {
		send.Encode(outcome{Failed: asFailure(err)})
		return statusJail
	}
	return 0
}

// execStatus is what a shell returns for a command that it cannot execute.
func execStatus(err error) int {
	if errors.Is(err, unix.ENOENT) {
		return 127
	}
	return 126
}

// limit notes that something could not be provided.
func (j *jailer) limit(what string, err error) {
	if err != nil {
		j.limits = append(j.limits, fmt.Sprintf("%s: %v", what, err))
	}
}

func (j *jailer) make() error {
	if err := j.openShell(); err != nil {
		return err
	}
	enter := j.enterNamespaces
	if j.Isolation == Chroot {
		enter = j.enterChroot
	}
	if err := enter(); err != nil {
		return err
	}
	return j.confine()
}

// openShell opens the shell that comes from outside of the jail.
func (j *jailer) openShell() (err error) {
	if j.Shell == "" {
		return nil
	}
	j.shell, err = unix.Open(j.Shell, unix.O_PATH|unix.O_CLOEXEC, 0)
	return step("open "+j.Shell, err)
}

// execute looks up [Marker] and executes the command.
func (j *jailer) execute() error {
	env := j.Env
	unix.Access(Marker, unix.F_OK)
	if j.shell < 0 {
		return unix.Exec(j.Path, j.Args, env)
	}
	return execDescriptor(j.shell, j.Args, env)
}
