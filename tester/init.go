package tester

import (
	"encoding/json"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// begin is the first process of a pid namespace. It starts the setup process,
// which becomes the command, and ends with it, which ends all that is left. The
// command is not the first process itself, because the kernel keeps a traced
// first process alive when it crashes (force_sig_info_to_task in
// kernel/signal.c).
func begin(o *orders) int {
	unix.CloseOnExec(reportFD)
	pipe := os.NewFile(reportFD, "report")
	send := json.NewEncoder(pipe)
	arg, err := o.encode()
	if err != nil {
		send.Encode(outcome{Failed: asFailure(err)})
		return statusJail
	}
	pid, err := startSelf(setupName, arg, pipe, &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL})
	if err != nil {
		send.Encode(outcome{Failed: asFailure(step("start the setup", err))})
		return statusJail
	}
	status := make(chan unix.WaitStatus, 1)
	go reap(pid, status, make(chan struct{}))
	code, signal := split(<-status)
	if signal != 0 {
		if err := send.Encode(outcome{Signal: signal}); err != nil {
			fmt.Fprintln(os.Stderr, "error: report of the test:", err)
		}
	}
	return code
}
